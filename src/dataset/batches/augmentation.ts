/**
 * How patches are changed before a network sees them. Everything but `dihedral` is drawn for each patch by itself, so
 * that nothing but the place joins the two patches of a pair. A share is the probability that a patch is changed so;
 * σ is the standard deviation of a normal distribution. Strengths are those of 64×64 patches.
 */
export interface Augmentation {
  /** The same flip and quarter turn, one of eight, on both patches of a pair. */
  readonly dihedral: boolean;
  /** The patch is cut again a little wrong, as a detector places it a little wrong: turn, scale and shift of small keypoints. */
  readonly warpShare: number;
  /** σ of the turn, radians. */
  readonly warpTurn: number;
  /** σ of the change of scale, octaves. */
  readonly warpScale: number;
  /** σ of the shift in each axis, shares of the side. */
  readonly warpShift: number;
  /** σ of ln tilt: a stretch in one direction by √tilt, and a squeeze across it by as much, as views from elsewhere do. */
  readonly warpTilt: number;
  /** Brightness as another exposure gives it: gain · v^gamma + offset, v in [0, 1], cut off at black and white. */
  readonly toneShare: number;
  /** σ of ln gain. */
  readonly toneGain: number;
  /** σ of ln gamma. */
  readonly toneGamma: number;
  /** σ of the offset, shares of white. */
  readonly toneOffset: number;
  /** Less contrast about the middle grey, as in haze. */
  readonly contrastShare: number;
  /** The least factor; factors are uniform up to 1. */
  readonly contrastLeast: number;
  /** Light that falls off linearly across the patch. */
  readonly gradientShare: number;
  /** The largest gain at one border (one plus this) and loss at the border across. */
  readonly gradientSlope: number;
  /** Something in front: beyond a straight line or within an ellipse the patch is of one grey or of another patch. */
  readonly occlusionShare: number;
  /** The largest part of the patch's area that is covered, about. */
  readonly occlusionArea: number;
  /** Gaussian blur. */
  readonly blurShare: number;
  /** The largest σ of the blur in patch pixels; uniform from 0.3. */
  readonly blurSigma: number;
  /** Near-normal noise of each pixel. */
  readonly noiseShare: number;
  /** The largest σ of the noise, shares of white; uniform from 0. */
  readonly noiseSigma: number;
  /** The loss of JPEG files: cosine coefficients of 8×8 blocks rounded by the standard's luminance table. */
  readonly jpegShare: number;
  /** The lowest and highest JPEG quality, of 1 to 100. */
  readonly jpegQuality: readonly [number, number];
}

/** Patches as they are. */
export const noAugmentation: Augmentation = {
  dihedral: false,
  warpShare: 0,
  warpTurn: 0,
  warpScale: 0,
  warpShift: 0,
  warpTilt: 0,
  toneShare: 0,
  toneGain: 0,
  toneGamma: 0,
  toneOffset: 0,
  contrastShare: 0,
  contrastLeast: 1,
  gradientShare: 0,
  gradientSlope: 0,
  occlusionShare: 0,
  occlusionArea: 0,
  blurShare: 0,
  blurSigma: 0,
  noiseShare: 0,
  noiseSigma: 0,
  jpegShare: 0,
  jpegQuality: [100, 100],
};

/** The paper's: flips and quarter turns only (Zagoruyko & Komodakis 2015, section 4). */
export const paperAugmentation: Augmentation = { ...noAugmentation, dihedral: true };

/**
 * For patches of real detections that already differ as detectors and cameras make them differ: more of it, as renderings, whose
 * homographies are exact, place small keypoints better than real pairs of photos do (partners 7 to 9 % of the side apart at
 * Oxford's wall, 14° turned and a quarter octave off in its strongest tilt). What a descriptor ranks wrong there is nearly all
 * of that kind: 2 % of the true pairs placed within 0.3 sizes, 0.3 octaves and 10°, 20 to 50 % of those further off.
 */
export const tesseraAugmentation: Augmentation = {
  dihedral: true,
  warpShare: 0.9,
  warpTurn: 0.24,
  warpScale: 0.26,
  warpShift: 0.06,
  warpTilt: 0.3,
  toneShare: 0.6,
  toneGain: 0.15,
  toneGamma: 0.2,
  toneOffset: 0.03,
  contrastShare: 0.1,
  contrastLeast: 0.3,
  gradientShare: 0.2,
  gradientSlope: 0.3,
  occlusionShare: 0.1,
  occlusionArea: 0.35,
  blurShare: 0.3,
  blurSigma: 2,
  noiseShare: 0.5,
  noiseSigma: 0.025,
  jpegShare: 0.1,
  jpegQuality: [20, 80],
};
