/** What others reach on the same pairs, for the table beside ours. */
export interface PairBaseline {
  readonly method: string;
  /** The area under the curve of errors up to each threshold (px, or degrees for poses), %. */
  readonly auc: Readonly<Record<number, number>>;
}

const sift = 'SIFT';
const alike = 'ALIKE-n';

/**
 * Measured on two cores on the same files, the mean over five orders of the matches. SIFT: OpenCV 4.6, 4000 keypoints, ratio 0.8, mutual nearest
 * neighbours, USAC_MAGSAC. ALIKE-n: mutual nearest neighbours, USAC_MAGSAC.
 */
export const pairBaselines: Readonly<Record<string, readonly PairBaseline[]>> = {
  oxford: [
    { method: sift, auc: { 1: 24.3, 3: 47, 5: 58.9, 10: 74.5 } },
    { method: alike, auc: { 1: 19.2, 3: 35.9, 5: 46.6, 10: 61.7 } },
  ],
  evd: [
    { method: sift, auc: { 3: 0, 5: 0, 10: 0 } },
    { method: alike, auc: { 3: 0, 5: 0.5, 10: 3.6 } },
  ],
  all: [
    { method: sift, auc: { 5: 64.3, 10: 73.3, 20: 79.7 } },
    { method: alike, auc: { 5: 66.8, 10: 75, 20: 79.7 } },
  ],
};
