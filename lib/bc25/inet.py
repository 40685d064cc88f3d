"""Addresses as text and as bytes (inet_pton, inet_ntop); loaded by the first of them."""

import errno


def to_bytes(v6, text):
    """The bytes of an address; OSError(EINVAL) where the text is none."""
    try:
        return _v6(text) if v6 else _v4(text)
    except ValueError:
        raise OSError(errno.EINVAL)


def _v4(text):
    parts = [int(part) for part in text.split(".")]
    if len(parts) != 4:
        raise ValueError
    return bytes(parts)


def _groups(text):
    # Groups of 16 bits, the last one perhaps an IPv4 address.
    out = []
    for part in text.split(":") if text else ():
        if "." in part:
            quad = _v4(part)
            out += [quad[0] << 8 | quad[1], quad[2] << 8 | quad[3]]
        else:
            out.append(int(part, 16))
            if len(part) > 4:
                raise ValueError
    return out


def _v6(text):
    head, gap, tail = text, "", ""
    if "::" in text:
        head, tail = text.split("::", 1)
        gap = "::"
    left, right = _groups(head), _groups(tail)
    missing = 8 - len(left) - len(right)
    if missing < 0 or (missing and not gap):
        raise ValueError
    out = b""
    for group in left + [0] * missing + right:
        out += bytes((group >> 8, group & 255))
    return out


def to_text(v6, data):
    """The text of an address; IPv6 with its longest run of zeros as "::"."""
    data = bytes(data)
    if len(data) != (16 if v6 else 4):
        raise ValueError("address: 4 or 16 bytes")
    if not v6:
        return ".".join([str(byte) for byte in data])
    groups = [data[i] << 8 | data[i + 1] for i in range(0, 16, 2)]
    start, length = _zeros(groups)
    words = ["%x" % group for group in groups]
    if length < 2:
        return ":".join(words)
    return ":".join(words[:start]) + "::" + ":".join(words[start + length :])


def _zeros(groups):
    # Where the longest run of zeros begins, and how long it is.
    best = (0, 0)
    for start in range(8):
        end = start
        while end < 8 and not groups[end]:
            end += 1
        if end - start > best[1]:
            best = (start, end - start)
    return best
