"""VID: what is done to an ImageSeries, and to the files that it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import h5py
import numpy as np
from tests.mutations.change import Disturbance
from tests.mutations.editing import copy_video, film, keep, rate_of, stamp_all
from tests.mutations.kinds import FIRST_FRAMES
from tests.recordings.edits import Edit, attribute, refer, remove, replace, store
from tests.recordings.written import CAMERA_VIDEO, FRAMES, HEIGHT, POSE, RATE, STEM, VIDEO, WIDTH
from tests.remedies.treatment import Act, Situation, again, around, inside, treat

_BESIDE = "videos/cam1.mp4"
_SAMPLES = f"{CAMERA_VIDEO}/num_samples"
_EXTERNAL = f"{CAMERA_VIDEO}/external_file"
_STILL = "/acquisition/stills/first"


def _rename(old: str, new: str) -> Disturbance:
    def disturb(path: Path) -> None:
        target = path.parent / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / old).rename(target)

    return disturb


def _remux(old: str, new: str) -> Disturbance:
    """Put the same streams into MP4."""

    def disturb(path: Path) -> None:
        with av.open(str(path.parent / old)) as source, av.open(str(path.parent / new), "w") as out:
            stream = out.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)

    return disturb


def _starts(*frames: int) -> Edit:
    return attribute(_EXTERNAL, "starting_frame", np.array(frames))


def _count(frames: int) -> Edit:
    return store(_SAMPLES, np.uint64(frames))


def _recount(frames: int) -> Edit:
    return replace(_SAMPLES, np.uint64(frames))


def _write_png(path: Path) -> None:
    picture = av.VideoFrame.from_ndarray(np.full((8, 8, 3), 200, np.uint8), format="rgb24")
    with av.open(str(path.parent / "frame.png"), "w", format="image2") as output:
        stream = output.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 8, 8, "rgb24"
        for packet in (*stream.encode(picture), *stream.encode()):
            output.mux(packet)


def _unlink_folder(path: Path) -> None:
    """Replace the linked folder by a real one with the videos in it."""
    folder = path.parent / STEM
    held = folder.resolve()
    folder.unlink()
    shutil.copytree(held, folder)


def _correct_the_other(situation: Situation) -> None:
    other = situation.path.with_name(situation.path.name.replace("20240102", "20240103"))
    video = VIDEO.replace("20240102", "20240103")
    copy_video(video)(other.with_name(situation.path.name))
    with h5py.File(other, "r+") as file:
        refer(video)(file)


def _move_out(path: Path) -> None:
    (path.parent / STEM / "other.mp4").rename(path.parents[2] / f"{path.parents[1].name}.mp4")


def _timestamps(values: object) -> Edit:
    def edit(file: h5py.File) -> None:
        for old in ("starting_time", "timestamps"):
            if f"{CAMERA_VIDEO}/{old}" in file:
                del file[f"{CAMERA_VIDEO}/{old}"]
        store(
            f"{CAMERA_VIDEO}/timestamps", np.asarray(values), unit="seconds", interval=np.int32(1)
        )(file)

    return edit


def _frames_into_data(file: h5py.File) -> None:
    path = "/acquisition/imaging"
    del file[f"{path}/external_file"]
    replace(f"{path}/format", "raw")(file)
    kept = dict(file[f"{path}/data"].attrs)
    del file[f"{path}/data"]
    frames = np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    file.create_dataset(f"{path}/data", data=frames, chunks=True, compression="gzip")
    file[f"{path}/data"].attrs.update(kept)


def _times_of_the_file(situation: Situation) -> None:
    """Store the time of each frame as the video file has it, and let the pose link it."""
    with av.open(str(situation.path.parent / VIDEO)) as source:
        times = [frame.time for frame in source.decode(video=0)]
    with h5py.File(situation.path, "r+") as file:
        _timestamps(times)(file)
        for series in file[POSE].values():
            if isinstance(series, h5py.Group) and "starting_time" in series:
                del series["starting_time"]
                series["timestamps"] = h5py.SoftLink(f"{CAMERA_VIDEO}/timestamps")


def _drop_the_last(file: h5py.File) -> None:
    """Drop the timestamp that has no frame, and the position at it."""
    replace(f"{CAMERA_VIDEO}/timestamps", file[f"{CAMERA_VIDEO}/timestamps"][:-1])(file)
    keep(slice(FRAMES - 1))(file)
    _recount(FRAMES - 1)(file)


def _whole_file(first: int, samples: int) -> Edit:
    """Mean the whole file, and give the pose the timestamps of the frames that were tracked."""
    times = np.arange(FRAMES) / RATE

    def edit(file: h5py.File) -> None:
        _starts(0)(file)
        if "num_samples" in file[CAMERA_VIDEO]:
            _recount(FRAMES)(file)
        if "timestamps" in file[CAMERA_VIDEO]:
            replace(f"{CAMERA_VIDEO}/timestamps", times)(file)
        stamp_all(times[first : first + samples])(file)

    return edit


def _cut_out(samples: int) -> Act:
    def act(situation: Situation) -> None:
        film(frames=samples)(situation.path)
        inside(_starts(0))(situation)

    return act


_REFER = inside(refer(VIDEO))
_PARTS = (
    "frames 40 to 89",
    "frames 40 to 119",
    "frames 40 to 119, on timestamps",
    "frames 40 to 119, on the clock of the file",
)
_MOVED = ("POSIX path", "a drive", "a share", "file URL")

TREATMENTS = (
    treat("VID001", "name it in external_file", again(CAMERA_VIDEO)),
    treat("VID002", "Put the video where", around(copy_video("camera.mp4")), on="no such file"),
    treat("VID002", "correct the reference", _REFER, on="no such file"),
    treat(
        "VID002",
        "correct the reference",
        _REFER,
        on="no such file, and a starting_frame as text",
        leaves=("FIL001",),
    ),
    treat(
        "VID002",
        "store its path",
        _REFER,
        on=("in the folder of the recording", "in other letters"),
    ),
    treat("VID002", "Name the video itself", _REFER, on="a folder"),
    treat(
        "VID003",
        "store its path from the NWB file's folder",
        around(copy_video(_BESIDE)),
        inside(refer(_BESIDE)),
        on=_MOVED,
    ),
    treat(
        "VID003",
        "Find the one that was tracked",
        around(copy_video(_BESIDE)),
        inside(refer(_BESIDE)),
        on=(
            "an absolute path, and a shorter video beside",
            "an absolute path, and a larger video beside",
            "an absolute path, and a video at another rate beside",
            "an absolute path, and a text beside",
        ),
    ),
    treat(
        "VID003",
        "store its name alone, and its number of frames",
        inside(refer("camera.mp4"), _count(FRAMES)),
        on="an absolute path, a file beside, and nothing stated",
        leaves=("VID019", "VID024", "PRV005"),
    ),
    treat("VID004", 'Write "/"', _REFER, on="backslashes"),
    treat("VID005", "into the dandiset", _REFER, on="two folders up"),
    treat(
        "VID005",
        "Replace the linked folder by a real one",
        around(_unlink_folder),
        on="a linked folder",
    ),
    treat("VID006", "store its relative path", around(copy_video(_BESIDE)), inside(refer(_BESIDE))),
    treat(
        "VID007",
        "into an MP4 file",
        around(_remux(f"{STEM}/camera.h264", f"{STEM}/camera.mp4")),
        inside(refer(f"{STEM}/camera.mp4")),
        on="raw stream",
    ),
    treat(
        "VID007",
        "give the file that extension",
        around(_rename(f"{STEM}/camera", f"{STEM}/camera.mp4")),
        inside(refer(f"{STEM}/camera.mp4")),
        on="no extension",
    ),
    treat(
        "VID008",
        "Rename the video",
        around(_rename(f"{STEM}/camera.MP4", f"{STEM}/camera.mp4")),
        inside(refer(f"{STEM}/camera.mp4")),
        on="upper case",
    ),
    treat("VID009", 'Set format to "external"', again(f"{CAMERA_VIDEO}/format")),
    treat(
        "VID010",
        "the extent (0, 0, 0)",
        inside(replace(f"{CAMERA_VIDEO}/data", np.zeros((0, 0, 0), np.uint8))),
    ),
    treat("VID011", "the running sum", inside(_starts(0)), on="two starts of one file"),
    treat("VID011", "Store [0]", inside(_starts(0)), on="no start of one file"),
    treat(
        "VID011", "the running sum", inside(_starts(0, FIRST_FRAMES)), on="no start of two files"
    ),
    treat("VID012", "the running sum", inside(_starts(0)), on="begins at 5"),
    treat(
        "VID012",
        "the running sum",
        inside(_starts(0, FIRST_FRAMES)),
        on=("begins where the first has not ended", "both begin at 0"),
    ),
    treat("VID013", "store the sum as num_samples", inside(_count(FRAMES))),
    treat(
        "VID014",
        "which video belongs to which series",
        inside(refer(VIDEO, starting_frame=[0]), _recount(FRAMES)),
        on="one file twice",
    ),
    treat(
        "VID014",
        "correct the reference of the other",
        _correct_the_other,
        on="one video of two sessions",
    ),
    treat("VID015", "Copy the video again", around(film()), on=("zero bytes", "no moov atom")),
    treat("VID015", "Copy the video again", around(film()), on="no frame"),
    treat("VID015", "Put the video itself there", around(film()), on=("a text", "a playlist")),
    treat("VID016", "store their number", inside(_recount(FRAMES - 1)), on="one frame short"),
    treat(
        "VID016",
        "drop the timestamps that have none",
        inside(_drop_the_last),
        on="one frame short of the timestamps",
    ),
    treat(
        "VID017",
        "Store the exact rate",
        inside(rate_of(CAMERA_VIDEO, 30000 / 1001)),
        on="29.97 for 30 Hz over nine minutes",
    ),
    treat(
        "VID017",
        "store the true times as timestamps",
        inside(
            _timestamps(np.arange(FRAMES) / RATE),
            attribute(CAMERA_VIDEO, "description", "Played at twice the recorded speed."),
        ),
        on="twice as fast",
    ),
    treat("VID018", "share the one that was tracked", around(film()), on="smaller"),
    treat(
        "VID018",
        "Store [width, height]",
        inside(replace(f"{CAMERA_VIDEO}/dimension", np.array([WIDTH, HEIGHT]))),
        on="width and height exchanged",
    ),
    treat("VID018", "re-encoding the video upright", around(film()), on="turned by its metadata"),
    treat(
        "VID019",
        "Store dimension",
        again(f"{CAMERA_VIDEO}/dimension"),
        on=("dimension removed", "dimension 0 × 0"),
    ),
    treat(
        "VID019",
        "store it as dimension",
        again(f"{CAMERA_VIDEO}/dimension"),
        on="stated by the container alone",
        leaves=("PRV006", "VID002"),
    ),
    treat("VID020", "Encode a copy as H.264", around(film()), on=("MPEG-4 Part 2", "HEVC")),
    treat("VID020", "Encode it again", around(film()), on="H.264 in yuv444p"),
    treat(
        "VID021",
        "those of the video file",
        _times_of_the_file,
        on="frames alternately early and late",
    ),
    treat(
        "VID021",
        "those of the video file",
        _times_of_the_file,
        on="uneven frames",
        leaves=("TIM011",),
    ),
    treat("VID022", "link it as device", again(f"{CAMERA_VIDEO}/device")),
    treat("VID023", "Write the frames to data", inside(_frames_into_data)),
    treat("VID024", "starting_time and rate", again(f"{CAMERA_VIDEO}/starting_time")),
    treat(
        "VID029",
        "Rename the file",
        around(_rename(f"{STEM}/camera?.mp4", f"{STEM}/camera.mp4")),
        inside(refer(f"{STEM}/camera.mp4")),
        on="a question mark",
    ),
    treat(
        "VID025",
        "Rename the file",
        around(_rename(f"{STEM}/camera .d /camera.mp4", f"{STEM}/camera.mp4")),
        inside(refer(f"{STEM}/camera.mp4")),
        on="a folder that ends with a space",
    ),
    treat(
        "VID026",
        'Write "/"',
        inside(replace(_STILL, "stills/frame.png")),
        on="a still behind a backslash",
    ),
    treat("VID026", "Put the image where", around(_write_png), on="a still frame.png"),
    treat(
        "VID026",
        "Convert the image to PNG",
        around(_write_png),
        inside(replace(_STILL, "frame.png")),
        on="a still in TIFF",
    ),
    treat("VID027", "Copy the video again", around(film())),
    treat("VID028", "move it out of the dandiset", around(_move_out)),
    treat(
        "VID029",
        "Rename the file",
        around(_rename(f"{STEM}/jane's.mp4", _BESIDE)),
        inside(refer(_BESIDE)),
        on="an apostrophe",
    ),
    treat(
        "VID029",
        "Rename the file",
        around(_rename(f"{STEM}/caméra.mp4", _BESIDE)),
        inside(refer(_BESIDE)),
        on="an accent",
    ),
    treat(
        "VID030",
        "without the leading dot",
        around(_rename(".videos/camera.mp4", _BESIDE)),
        inside(refer(_BESIDE)),
    ),
    treat("VID031", "Store the path of the video", _REFER, on="a blank entry"),
    treat("VID031", "Store the path of each video", again(_EXTERNAL), on="no entry"),
    treat(
        "VID032",
        "Remove starting_frame",
        inside(remove("/stimulus/presentation/film/starting_frame")),
    ),
    treat(
        "VID036",
        "Refer to the whole file",
        inside(_whole_file(40, 80)),
        on=_PARTS[1:],
    ),
    treat("VID036", "Refer to the whole file", inside(_whole_file(40, 50)), on=_PARTS[0]),
    treat(
        "VID036",
        "Refer to the whole file",
        inside(_whole_file(40, 80)),
        on="from frame 40 of a video that is not there",
        leaves=("VID002",),
    ),
    treat("VID036", "cut the part out", _cut_out(50), on=_PARTS[0]),
    treat("VID036", "cut the part out", _cut_out(80), on=_PARTS[1:3]),
    treat(
        "VID036",
        "the starting_time of its first frame",
        _cut_out(80),
        inside(rate_of(CAMERA_VIDEO, RATE, 40 / RATE)),
        on=_PARTS[3],
    ),
    treat("VID033", "leave num_samples out", inside(remove(_SAMPLES))),
    treat(
        "VID034",
        "the camera's timestamps of all frames",
        inside(_timestamps(np.arange(FRAMES) / RATE)),
        on="two files at one rate",
    ),
)
