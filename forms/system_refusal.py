"""Why the operating system refused a file, in words of the person who reads them."""

from __future__ import annotations

import errno

_REASONS = {
    errno.ENOENT: "нет такой папки или файла",
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
    errno.EISDIR: "это папка, а нужен файл",
    errno.ENOTDIR: "на пути стоит файл, а не папка",
    errno.EEXIST: "имя занято",
    errno.ENOSPC: "на диске нет места",
    errno.EDQUOT: "место, отведённое вам на диске, кончилось",
    errno.EFBIG: "файл слишком велик для этого диска",
    errno.EROFS: "диск только для чтения",
    errno.ENAMETOOLONG: "слишком длинное имя",
    errno.EINVAL: "такое имя здесь недопустимо",
    errno.EBUSY: "файл занят",
    errno.EIO: "сбой диска",
    errno.ENODEV: "диска нет",
    errno.ENXIO: "диска нет",
}


def reason(error: OSError) -> str:
    """«нет прав», or the system's number for what has no words here; never a path or a value."""
    return _REASONS.get(error.errno or 0, f"система отказала, код {error.errno or 0}")
