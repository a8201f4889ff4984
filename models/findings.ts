/** What the figures of `models/results.json` say, a paragraph each, for `models/RESULTS.md`. Change it with them. */
export const findings: readonly string[] = [
  'The `descriptor` of 128 numbers rejects and ranks best, though it takes a tenth of the work of the best judge. Of the judges, which see both ' +
    'patches at once, `2ch-2stream` comes before `2ch`, as in the paper; that both come behind a descriptor is the opposite of what the paper found. ' +
    'Against the bootstrap weights all reject better, and `2ch` ranks 5 points better; the `descriptor` ranks 0.3 points better in (a) and 0.3 points ' +
    'worse in (b).',
  'The reason is not the structure but how much is learnt from a pair. From scratch, on 0.08 M pairs each, the order is the paper’s where the networks ' +
    'learn alike, from a true partner among five wrong ones: `2ch-2stream` and `2ch` far before `siam`, in FPR95 and by 24 points of rank-1; only ' +
    '`siam-2stream` comes behind `siam` where the paper has it before. But `siam-l2`, the very branch of `siam`, with descriptors that are compared with ' +
    'all others of a batch at once, rejects and ranks better than any of them after the same 0.08 M pairs (all of them true ones; where partners are ' +
    'ranked, a sixth). A judge cannot learn so: each pair of ' +
    'patches would have to pass through all of it. `pseudo-siam-l2`, whose two branches differ, learns from single pairs by ' +
    'the paper’s hinge on distances, and comes far behind `siam-l2`. All of these were trained far less than the paper’s networks.',
  'Seeing both patches at once has gained `2ch-2stream` little so far: it began as exactly what a siamese network of half its width computes, which ranks ' +
    '87.1 % right in (a), and 0.45 M pairs later, free to mix the patches from the first layer on, it ranks 86.8 %; what fell is FPR95, from 2.4 to ' +
    '2.3 %. Evening out the contrast of the patches beforehand changes nothing (87.0 % both ways, every sixth pair), mixing its scores with the ' +
    'descriptor’s neither.',
  'Spatial pyramid pooling has not been found to be better: from scratch `2ch-2stream-spp` ranks as well as `2ch-2stream` and rejects less well (in ' +
    'two fifths of its batches patches are 64×64), and `siam-spp` comes behind `siam`. The shipped `2ch-2stream-spp` took over the convolutions that ' +
    '`2ch-2stream` had learnt; what follows its pooling has seen a fifth as many pairs. It is better at 64×64 than at 48 and at 96: more pixels do not ' +
    'help a network that has seen few such patches.',
  'What is ranked wrong in (a) is mostly what the detector placed badly (every third pair of the `descriptor`): 98 % of the true pairs whose ' +
    'keypoints lie within 0.3 sizes, 0.3 octaves and 10° of where the homography puts them are ranked first, and about 70 % of those more than ' +
    '0.6 sizes, 0.3 octaves or 15° off; of keypoints of more than 6 px 98 %, of less than 3 px 84 %. Training on partners placed as badly, small ' +
    'keypoints worse than large ones, is what helped the `descriptor` last (from 88.7 to 89.2 %); more blur and coarser JPEG hardly did. That those ' +
    'pairs are what fails was seen on (a) itself.',
];
