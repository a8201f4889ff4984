/** Added to the variance of a patch before its root, so that a flat patch stays near zero (grey values in [0, 1]). */
export const patchEpsilon = 1e-4;

/** Added to the variance of a channel in batch normalisation. */
export const batchEpsilon = 1e-5;

/** Added to the square of a length before its root. */
export const lengthEpsilon = 1e-12;
