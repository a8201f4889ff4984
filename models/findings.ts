/** What the figures of `models/results.json` say, a paragraph each, for `models/RESULTS.md`. Change it with them. */
export const findings: readonly string[] = [
  'The bootstrap `2ch` is no better than SIFT: it rejects random pairs about as well, and ranks look-alikes a little worse at Tessera’s own ' +
    'keypoints, as it hardly saw any in training. The bootstrap `descriptor`, a sixth of its work and trained with the hardest wrong partner of ' +
    'each batch, leaves both behind.',
];
