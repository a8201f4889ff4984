"""Matches two photos by OpenCV's SIFT and mutual nearest neighbours: what a whole process of it takes is the peer of `tessera match`.

usage: opencv_sift_match.py <photo 1> <photo 2>

4000 keypoints a photo, two threads. Prints the number of matches. Needs Debian's python3-opencv.
"""
import sys

import cv2

cv2.setNumThreads(2)
sift = cv2.SIFT_create(4000)
described = [sift.detectAndCompute(cv2.imread(path, cv2.IMREAD_GRAYSCALE), None) for path in sys.argv[1:3]]
matches = cv2.BFMatcher(cv2.NORM_L2, crossCheck=True).match(described[0][1], described[1][1])
print(len(matches))
