"""Stitches the photos of a folder with OpenCV's Stitcher, as a program of its own.

usage: opencv_stitch.py <folder> <output> <panorama|scans>

Its last line on stderr is JSON: {"status": "ok" or why not, "photos": n, "width": w, "height": h}.
Needs Debian's python3-opencv.
"""
import json
import os
import sys

import cv2

STATUS = {
    1: "needs more photos",
    2: "homography estimation failed",
    3: "camera parameters adjustment failed",
}
EXTENSIONS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def stitch(folder: str, output: str, mode: str) -> dict:
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith(EXTENSIONS))
    photos = [cv2.imread(os.path.join(folder, name)) for name in names]
    stitcher = cv2.Stitcher_create(cv2.Stitcher_SCANS if mode == "scans" else cv2.Stitcher_PANORAMA)
    try:
        code, panorama = stitcher.stitch([photo for photo in photos if photo is not None])
    except cv2.error as error:
        return {"status": f"exception: {error.err}", "photos": len(photos)}
    if code != cv2.Stitcher_OK:
        return {"status": STATUS.get(code, f"code {code}"), "photos": len(photos)}
    if not cv2.imwrite(output, panorama):
        return {"status": "could not write the panorama", "photos": len(photos)}
    height, width = panorama.shape[:2]
    return {"status": "ok", "photos": len(photos), "width": width, "height": height}


print(json.dumps(stitch(*sys.argv[1:])), file=sys.stderr)
