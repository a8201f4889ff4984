"""OpenCV's side of geometry-vs-opencv.mjs: SIFT matches, and geometry by USAC_MAGSAC.

Reads a request a line, JSON, and answers each with a line of JSON:
  {"paths": [photo 1, photo 2]}: [x1, y1, x2, y2, ratio] a match, best first: 4000 keypoints, mutual nearest neighbours; ratio is that of the
      distances to the nearest and the second nearest neighbour.
  {"kind": "homography" | "fundamental" | "essential", "points": [x1, y1, x2, y2, ...], "orders": [[index, ...], ...], "bestFirst": bool,
   "thresholds": [px, ...], "cameras": [K1, K2] or null}: for each threshold, for each order {"milliseconds", "found"}: {"matrix"} of a
      homography, {"R", "t"} of the others, null where there is none. The number of the order is the seed.

Needs Debian's python3-opencv.
"""
import json
import sys
import time

import cv2
import numpy as np

FEWEST = {"homography": 4, "fundamental": 8, "essential": 6}


def match(paths: list) -> list:
    sift = cv2.SIFT_create(4000)
    (keys1, described1), (keys2, described2) = (
        sift.detectAndCompute(cv2.imread(path, cv2.IMREAD_GRAYSCALE), None) for path in paths
    )
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    back = {m.queryIdx: m.trainIdx for (m,) in matcher.knnMatch(described2, described1, 1)}
    pairs = [(m, n) for m, n in matcher.knnMatch(described1, described2, 2) if back[m.trainIdx] == m.queryIdx]
    rows = [(*keys1[m.queryIdx].pt, *keys2[m.trainIdx].pt, m.distance / max(n.distance, 1e-9)) for m, n in pairs]
    return sorted(rows, key=lambda row: row[4])


def magsac(kind: str, threshold: float, best_first: bool, seed: int) -> cv2.UsacParams:
    """What the flag USAC_MAGSAC stands for. Beside the flag itself findEssentialMat takes no number of iterations, and stops after 1000."""
    params = cv2.UsacParams()
    params.confidence = 0.9999
    params.maxIterations = 10000
    params.threshold = threshold
    params.score = cv2.SCORE_METHOD_MAGSAC
    params.sampler = cv2.SAMPLING_PROSAC if best_first else cv2.SAMPLING_UNIFORM
    params.randomGeneratorState = seed
    params.loMethod = cv2.LOCAL_OPTIM_SIGMA
    params.loSampleSize = 75 if kind == "homography" else 50
    params.loIterations = 15 if kind == "homography" else 10
    return params


def find(kind: str, first: np.ndarray, second: np.ndarray, cameras: list, params: cv2.UsacParams) -> tuple:
    if kind == "homography":
        return cv2.findHomography(first, second, params)
    if kind == "fundamental":
        return cv2.findFundamentalMat(first, second, params)
    return cv2.findEssentialMat(first, second, *cameras, None, None, params)


def directions(points: np.ndarray, camera: np.ndarray) -> np.ndarray:
    return cv2.undistortPoints(points.reshape(-1, 1, 2), camera, None).reshape(-1, 2)


def geometry_of(kind: str, matrix: np.ndarray, mask: np.ndarray, first: np.ndarray, second: np.ndarray, cameras: list):
    if kind == "homography":
        return {"matrix": matrix.ravel().tolist()}
    essential = cameras[1].T @ matrix @ cameras[0] if kind == "fundamental" else matrix
    places = (directions(points, camera) for points, camera in zip((first, second), cameras))
    _, R, t, _ = cv2.recoverPose(essential, *places, np.eye(3), mask=mask.copy())
    return {"R": R.ravel().tolist(), "t": t.ravel().tolist()}


def estimate(kind: str, points: np.ndarray, cameras: list, params: cv2.UsacParams) -> dict:
    first, second = points[:, :2].copy(), points[:, 2:].copy()
    matrix = None
    start = time.perf_counter()
    if len(points) >= FEWEST[kind]:
        try:
            matrix, mask = find(kind, first, second, cameras, params)
        except cv2.error:
            pass  # No geometry.
    milliseconds = 1000 * (time.perf_counter() - start)
    is_found = matrix is not None and matrix.shape == (3, 3)
    found = geometry_of(kind, matrix, mask, first, second, cameras) if is_found else None
    return {"milliseconds": milliseconds, "found": found}


def answer(request: dict) -> list:
    if "paths" in request:
        return match(request["paths"])
    kind = request["kind"]
    points = np.array(request["points"]).reshape(-1, 4)
    cameras = request["cameras"] and [np.array(K).reshape(3, 3) for K in request["cameras"]]
    return [
        [
            estimate(kind, points[order], cameras, magsac(kind, threshold, request["bestFirst"], seed))
            for seed, order in enumerate(request["orders"])
        ]
        for threshold in request["thresholds"]
    ]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
