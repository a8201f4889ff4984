"""Computes OpenCV's SIFT descriptors of the keypoints that it detects in a raw grey picture.

usage: opencv_sift_descriptors.py <threads> <repeats> <width> <height> <raw 8-bit file>

Prints JSON: {"descriptors": how many, "seconds": fastest of the repeats, detection not counted, "version": OpenCV's}. Needs Debian's
python3-opencv.
"""
import json
import sys
import time

import cv2
import numpy

threads, repeats, width, height = (int(word) for word in sys.argv[1:5])
cv2.setNumThreads(threads)
grey = numpy.fromfile(sys.argv[5], dtype=numpy.uint8).reshape(height, width)
sift = cv2.SIFT_create()
keypoints = sift.detect(grey, None)
seconds = []
for _ in range(repeats):
    start = time.perf_counter()
    sift.compute(grey, keypoints)
    seconds.append(time.perf_counter() - start)
print(json.dumps({"descriptors": len(keypoints), "seconds": min(seconds), "version": cv2.__version__}))
