"""Detects OpenCV's SIFT keypoints in raw grey pictures on one thread.

usage: opencv_sift.py <repeats> <contrast threshold> <width> <height> <raw 8-bit file> [<width> <height> <file> ...]

Prints JSON, one object a picture: {"seconds": fastest of the repeats, "keypoints": [[x, y, size, angle in degrees, response], ...]},
as OpenCV gives them. Needs Debian's python3-opencv.
"""
import json
import sys
import time

import cv2
import numpy


def detect(repeats: int, contrast: float, width: int, height: int, path: str) -> dict:
    grey = numpy.fromfile(path, dtype=numpy.uint8).reshape(height, width)
    sift = cv2.SIFT_create(contrastThreshold=contrast)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = sift.detect(grey, None)
        seconds.append(time.perf_counter() - start)
    keypoints = [[k.pt[0], k.pt[1], k.size, k.angle, k.response] for k in found]
    return {"seconds": min(seconds), "keypoints": keypoints}


cv2.setNumThreads(1)
repeats, contrast, *pictures = sys.argv[1:]
print(
    json.dumps(
        [
            detect(int(repeats), float(contrast), int(pictures[i]), int(pictures[i + 1]), pictures[i + 2])
            for i in range(0, len(pictures), 3)
        ]
    )
)
