"""What is known of an array after it was read once: figures, never samples."""

from __future__ import annotations

from dataclasses import dataclass

HEADER_ONLY = "only the header was read"
"""Why values are not looked at that no selected rule needs, or nobody is to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayInfo:
    """A stored dataset, as its header describes it.

    Attributes
    ----------
    path
        Where the dataset really lies, after links.
    identity
        Equal for two arrays that are one stored object.
    shape
        Its extent.
    dtype
        NumPy's name of the stored type (``float32``); ``object`` for text and references.
    text_bytes
        The length that its strings are cut to, in bytes; ``None`` where they are of any length, or
        no strings.
    bytes
        Its extent in memory, uncompressed.
    compressed
        Whether a filter packs it.
    unread
        Why its values are not looked at (external storage, virtual dataset, …); empty if they are.
    rows_read
        How many rows were looked at, where that is only a sample; ``None`` otherwise.
    """

    path: str = ""
    identity: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = "float64"
    bytes: int = 0
    compressed: bool = False
    unread: str = ""
    rows_read: int | None = None
    text_bytes: int | None = None

    @property
    def length(self) -> int:
        """The first extent; 1 for a scalar."""
        return self.shape[0] if self.shape else 1

    @property
    def is_left_out(self) -> bool:
        """Whether its values could be read, and some were not."""
        return self.unread == HEADER_ONLY or self.rows_read is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSize:
    """The size of the frame that positions in pixels lie in.

    Attributes
    ----------
    width, height
        In pixels.
    source
        Who says so: ``video`` if it comes from the video file, else the ``dimension`` of its
        ImageSeries, or the deprecated ``dimensions`` of the container.
    """

    width: int
    height: int
    source: str = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFacts:
    """How the finite rows of 2D positions lie to the frame of their video.

    Attributes
    ----------
    outside
        Rows outside the frame by more than a pixel.
    outside_swapped
        Rows outside a frame of exchanged width and height by more than a pixel.
    far_outside
        Rows outside the frame by more than 5 % of its width or height.
    """

    frame: FrameSize
    outside: int = 0
    outside_swapped: int = 0
    far_outside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFacts:
    """Facts of ``PoseEstimationSeries.data``, shape (frames, 2 or 3), in its stored unit.

    Attributes
    ----------
    frames, columns
        The extent that was read.
    finite
        Rows whose coordinates are all finite.
    missing
        Rows in which a coordinate is NaN.
    infinite
        Rows in which a coordinate is infinite.
    low, high
        Per column, the extremes of the finite rows; empty where there are none.
    zeros, minus_ones
        Rows that are exactly 0 or exactly -1 in every column.
    unlikely_sentinels
        Of those rows, the ones with a confidence below 0.1, or with none given.
    shared_sentinels
        Of those rows, the ones in which every other series of the container is such, too.
    frozen_frames, frozen_at
        The longest run of finite rows that repeat one position, and where it begins.
    confident_missing
        Missing rows whose confidence is above 0.5.
    digest
        Equal for two trajectories that agree sample for sample.
    against_frame
        How they lie to the frame; ``None`` for 3D, or where its size is not known.
    """

    frames: int = 0
    columns: int = 2
    finite: int = 0
    missing: int = 0
    infinite: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    zeros: int = 0
    minus_ones: int = 0
    unlikely_sentinels: int = 0
    shared_sentinels: int = 0
    frozen_frames: int = 0
    frozen_at: int = 0
    confident_missing: int = 0
    digest: str = ""
    against_frame: OutsideFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceFacts:
    """Facts of ``PoseEstimationSeries.confidence``, shape (frames,); ndx-pose scales it to 0 … 1.

    Attributes
    ----------
    count
        Values read.
    finite, infinite
        Of those, the finite and the infinite ones; the rest is NaN.
    low, high
        The extremes of the finite values; NaN where there are none.
    outside
        Finite values below 0 or above 1.
    fractional
        Finite values that are neither 0 nor 1.
    """

    count: int = 0
    finite: int = 0
    infinite: int = 0
    low: float = float("nan")
    high: float = float("nan")
    outside: int = 0
    fractional: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A step between two timestamps that is longer than others.

    Attributes
    ----------
    index
        Of the sample after it.
    begin, end
        The samples before and after it, in seconds.
    """

    index: int = 0
    begin: float = 0.0
    end: float = 0.0

    @property
    def length(self) -> float:
        """From one sample to the other, in seconds."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampFacts:
    """Facts of a ``timestamps`` dataset, shape (samples,), in seconds.

    Attributes
    ----------
    count
        Samples read.
    first, last
        The first and the last finite sample; NaN where there are none.
    not_finite
        Samples that are NaN or infinite.
    not_increasing, first_not_increasing
        Steps of zero or less, and the index of the sample after the first of them.
    least_step, median_step, greatest_step
        Of the steps above zero; NaN where there are none. The median is exact to 0.3 %.
    whole
        Whether every finite sample is a whole number.
    gaps, gaps_total
        Steps of more than 5 × the median, and the seconds that they span.
    longest_gaps
        Of those, the thousand longest, in stored order.
    digest
        Equal for two datasets with the same samples.
    """

    count: int = 0
    first: float = float("nan")
    last: float = float("nan")
    not_finite: int = 0
    not_increasing: int = 0
    first_not_increasing: int = -1
    least_step: float = float("nan")
    median_step: float = float("nan")
    greatest_step: float = float("nan")
    whole: bool = False
    gaps: int = 0
    gaps_total: float = 0.0
    longest_gaps: tuple[Gap, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDifference:
    """How far a series' clock is from that of its container's series with the most samples.

    Attributes
    ----------
    series, reference
        The names of the two series.
    frames, reference_frames
        Their numbers of samples.
    greatest_offset
        The largest distance in seconds between samples of one index, over the shared length.
    frame
        The reference's median time between samples, in seconds.
    on_grid
        Whether every sample of both lies on one grid of that spacing, to a tenth of a frame: rows
        were dropped, no clock drifted.
    is_part
        Whether the times of one are times of the other, each to half a frame: rows were dropped
        from a clock that need not be regular. Only looked at where they lie on no grid.
    """

    series: str = ""
    reference: str = ""
    frames: int = 0
    reference_frames: int = 0
    greatest_offset: float = 0.0
    frame: float = 0.0
    on_grid: bool = False
    is_part: bool = False

    @property
    def frames_known(self) -> bool:
        """Whether the times say which frames of one clock both series hold."""
        return self.on_grid or self.is_part


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """Facts of ``SkeletonInstance.node_locations``, shape (nodes, 2 or 3).

    Attributes
    ----------
    visible_missing
        Nodes that are marked visible and whose location is NaN or infinite.
    low, high
        Per column, the extremes of the finite locations.
    """

    visible_missing: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReprojectionFacts:
    """How well one camera's 2D points agree with the 3D points projected into it.

    Attributes
    ----------
    view, camera
        The paths of the per-camera PoseEstimation and of its CalibratedCamera.
    samples
        Points compared.
    median
        The median distance in pixels.
    behind
        Points that the camera saw, though its calibration puts them behind it; they are not among
        those compared.
    """

    view: str = ""
    camera: str = ""
    samples: int = 0
    median: float = 0.0
    behind: int = 0
