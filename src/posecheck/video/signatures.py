"""Which demuxer or decoder reads a file, by its first bytes: an allow-list, never a guess."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 4096
"""How much of a file `sniff` wants to see."""

_MOV_BOXES = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"styp"}
)
_START_CODES = {0xBA: "mpeg", 0xB3: "mpegvideo", 0xB0: "m4v", 0xB5: "m4v"}
_STARTS = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (b"DKIF", "ivf"),
    (b"YUV4MPEG2 ", "yuv4mpegpipe"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "mxf"),
)
_IMAGES = (
    (b"\xff\xd8\xff", "mjpeg", "a JPEG image"),
    (b"\x89PNG\r\n\x1a\n", "png", "a PNG image"),
    (b"II*\x00", "tiff", "a TIFF image"),
    (b"MM\x00*", "tiff", "a TIFF image"),
)
_DIB_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Lengths of the header that follows a BMP file's first 14 bytes."""

_OTHERS = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"RIFF", "a RIFF file, but not AVI"),
    (b"%PDF", "a PDF document"),
    (b"ID3", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"MATLAB ", "a MATLAB file"),
)
_VIDEO_EXTENSIONS = frozenset(
    {
        *("mp4", "m4v", "mov", "avi", "mkv", "webm", "wmv", "asf", "flv", "mpg", "mpeg", "ts"),
        *("m2ts", "mts", "h264", "264", "h265", "265", "hevc", "ogv", "mjpg", "mjpeg", "3gp"),
    }
)
_RAW = frozenset({"h264", "hevc", "mpegvideo", "m4v", "mjpeg"})
_CLOCKLESS = _RAW | {"gif"}
"""GIF counts in hundredths of a second, which no camera's rate fits."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes say.

    Attributes
    ----------
    demuxer
        FFmpeg's name of the demuxer; empty if none of the allow-list fits.
    image
        FFmpeg's name of the decoder of a single image, which needs no demuxer; empty for a video.
    what
        What the file is instead, as a noun; empty if unknown.
    """

    demuxer: str = ""
    image: str = ""
    what: str = ""

    @property
    def is_raw(self) -> bool:
        """Whether it is a bare stream of pictures, which carries no time stamps."""
        return self.demuxer in _RAW

    @property
    def has_clock(self) -> bool:
        """Whether the times that it gives its frames mean anything."""
        return self.demuxer not in _CLOCKLESS


def sniff(head: bytes, extension: str) -> Sniffed:
    """Choose a demuxer.

    Parameters
    ----------
    head
        The first `HEAD_BYTES` of the file.
    extension
        Of its name, in lower case and without the dot: it never chooses a demuxer for other bytes,
        but says whether bytes that nobody knows, or an image, had to be a video.
    """
    demuxer = _demuxer_of(head, extension)
    if demuxer:
        return Sniffed(demuxer)
    decoder, what = _image_of(head)
    if decoder and extension not in _VIDEO_EXTENSIONS:
        return Sniffed(image=decoder)
    return Sniffed(what=what or _what_else(head, extension))


def _image_of(head: bytes) -> tuple[str, str]:
    """Return the decoder of an image and what it is, as a noun; empty for what is no image."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp", "a WebP image"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _DIB_HEADERS:
        return "bmp", "a BMP image"
    return next(
        ((decoder, what) for start, decoder, what in _IMAGES if head.startswith(start)), ("", "")
    )


def _demuxer_of(head: bytes, extension: str) -> str:
    if head[4:8] in _MOV_BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"\xff\xd8\xff") and extension in {"mjpg", "mjpeg"}:
        return "mjpeg"
    named = next((demuxer for start, demuxer in _STARTS if head.startswith(start)), "")
    if not named and _is_transport_stream(head):
        return "mpegts"
    return named or _of_start_code(head)


def _what_else(head: bytes, extension: str) -> str:
    known = next((what for start, what in _OTHERS if head.startswith(start)), "")
    if known:
        return known
    if not any(head):
        return "nothing but zeros at its beginning"
    if _is_text(head):
        return "a text file"
    return "no video format that posecheck knows" if extension in _VIDEO_EXTENSIONS else ""


def _is_transport_stream(head: bytes) -> bool:
    # Packets of 188 bytes begin with 0x47 (ISO 13818-1); Blu-ray puts four bytes before each.
    return any(
        len(head) > first + 3 * size and all(head[first + n * size] == 0x47 for n in range(4))
        for first, size in ((0, 188), (4, 192))
    )


def _of_start_code(head: bytes) -> str:
    """Name the stream that begins with a start code of MPEG (00 00 01, or 00 00 00 01)."""
    if head[:4] == b"\x00\x00\x00\x01":
        head = head[1:]
    if head[:3] != b"\x00\x00\x01" or len(head) < 5:
        return ""
    code, following = head[3], head[4]
    if code in _START_CODES:
        return _START_CODES[code]
    # H.265: a two-byte header; VPS, SPS or AUD (ITU-T H.265, table 7-1), layer 0.
    if code >> 1 in {32, 33, 35} and not code & 1 and following == 1:
        return "hevc"
    # H.264: SPS, SEI or AUD (ITU-T H.264, table 7-1).
    return "h264" if code & 0x9F in {6, 7, 9} else ""


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        head[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= min(len(head), 1024) - 3  # a character cut in two
    return True
