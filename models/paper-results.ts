/** A row of the paper's table: FPR95, %, of networks trained on one set of Brown's data and tested on another. */
export interface PaperResult {
  readonly train: string;
  readonly test: string;
  /** By the name of the definition. */
  readonly fpr95: Readonly<Record<(typeof paperNetworks)[number], number>>;
}

/** The networks of that table, in its order. */
export const paperNetworks = ['2ch', '2ch-2stream', '2ch-deep', 'siam', 'siam-2stream'] as const;

/** Zagoruyko & Komodakis, CVPR 2015, table 1. */
export const paperResults: readonly PaperResult[] = [
  result('yosemite', 'notredame', 2.74, 2.11, 2.43, 5.62, 5.23),
  result('yosemite', 'liberty', 8.59, 7.2, 7.4, 13.48, 11.34),
  result('notredame', 'yosemite', 6.04, 4.09, 4.38, 13.23, 10.44),
  result('notredame', 'liberty', 6.04, 4.85, 4.56, 8.77, 6.45),
  result('liberty', 'yosemite', 7, 5, 6.18, 14.76, 9.39),
  result('liberty', 'notredame', 2.76, 1.9, 2.77, 4.04, 2.82),
];

function result(train: string, test: string, ...figures: [number, number, number, number, number]): PaperResult {
  const [ch2, ch2Stream2, ch2Deep, siam, siamStream2] = figures;
  return {
    train,
    test,
    fpr95: { '2ch': ch2, '2ch-2stream': ch2Stream2, '2ch-deep': ch2Deep, siam, 'siam-2stream': siamStream2 },
  };
}
