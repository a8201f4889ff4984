/** What the networks are measured on, by the key in `models/results.json`. */
export const modelBenchmarks = {
  oxford: {
    letter: 'a',
    title: 'Oxford at SIFT’s keypoints',
    text:
      'the Oxford sequences (48 photos, of which known homographies take the first of a scene to the other five), at fixed keypoints ' +
      'of OpenCV’s SIFT. Patches are cut with k = 6. Each anchor has its true partner, a random wrong one and ten hard wrong ones: ' +
      'those nearest by SIFT’s descriptor that are somewhere else',
  },
  ownDetector: {
    letter: 'b',
    title: 'Oxford at Tessera’s keypoints',
    text: 'the same photos, made the same way at the keypoints of Tessera’s own difference-of-Gaussians detector',
  },
  pose: {
    letter: 'c',
    title: 'Strecha at SIFT’s keypoints',
    text:
      'pairs of patches of fountain-P11 and castle-P19, matched by projecting the known geometry, in Brown’s format. ' +
      'The wrong pairs are random. A check rather than a target: one pair is nearly 0.1 %',
  },
} as const;

export type ModelBenchmark = keyof typeof modelBenchmarks;

export const modelBenchmarkNames = Object.keys(modelBenchmarks) as ModelBenchmark[];
