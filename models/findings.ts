/** What the figures of `models/results.json` say, a paragraph each, for `models/RESULTS.md`. Change it with them. */
export const findings: readonly string[] = [
  'The `descriptor` of 128 numbers rejects and ranks best. `2ch`, which sees both patches at once and takes three times the work a pair, comes ' +
    'behind it, the opposite of what the paper found: it learns from the five wrong partners that each true one is shown with, a descriptor from ' +
    'all pairs of a batch at once, while the paper’s networks all learnt from single pairs. Against the bootstrap weights both reject better, and ' +
    '`2ch` ranks 5 points better; the `descriptor` ranks 0.3 points better in (a) and 0.3 points worse in (b).',
  'What is ranked wrong in (a) is mostly what the detector placed badly (every third pair of the `descriptor`): 98 % of the true pairs whose ' +
    'keypoints lie within 0.3 sizes, 0.3 octaves and 10° of where the homography puts them are ranked first, and about 70 % of those more than ' +
    '0.6 sizes, 0.3 octaves or 15° off; of keypoints of more than 6 px 98 %, of less than 3 px 84 %. Training on partners placed as badly, small ' +
    'keypoints worse than large ones, is what helped the `descriptor` last (from 88.7 to 89.2 %); more blur and coarser JPEG hardly did. That those ' +
    'pairs are what fails was seen on (a) itself.',
];
