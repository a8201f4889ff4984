import { solvePositiveDefinite } from '../math/cholesky.ts';
import type { OverlapSamples } from './overlap-samples.ts';
import { median } from '../math/median.ts';
import { logVignetting } from './tone.ts';
import type { Tone } from './tone.ts';

/**
 * Scales (natural logarithm of linear light) of the Geman-McClure loss on how far a sample strays from the median of its
 * pair, from forgiving to strict: what moved loses its say.
 */
const lossScales = [1, 0.4, 0.2, 0.15, 0.15, 0.15, 0.15, 0.15];
/**
 * Scale of the Huber loss on a pair's median itself. Convex, as a pair must not be given up: where cameras respond so
 * unevenly that gains cannot agree all round a circle, the rest is spread over all seams.
 */
const pairScale = 0.3;
/** What the priors count for, in samples: gains stay near 1, a photo's three gains near each other, vignetting near none. */
const gainPrior = 10;
const colourPrior = 60;
/**
 * Grows with the fourth power of the log gain: hardly felt up to 1 EV, a wall at 2 EV. Photos that look into and away
 * from the sun would otherwise be made to agree at the price of black and white halves of the panorama.
 */
const steepGainPrior = 300;
const vignettingPrior = 5;
/** Samples below which nothing is said about a camera's vignetting. */
const samplesForVignetting = 400;
/** log v at the corner: weaker than the first is noise, stronger (2 EV) is not vignetting. */
const weakestVignetting = 0.02;
const strongestVignetting = 2 * Math.LN2;

/**
 * Finds the gains and the vignetting that make overlapping photos agree in linear light (Goldman & Chen, "Vignette and
 * exposure calibration and compensation", ICCV 2005, with log v polynomial so that the problem is linear; robust to what
 * moved). The geometric mean of the gains is 1 in each channel.
 *
 * @param count number of photos
 * @param samples of every overlapping pair; `a`, `b` below `count`
 * @param cameraOf which camera took each photo: photos with the same number (0, 1, …) share their vignetting
 */
export function estimateTones(count: number, samples: readonly OverlapSamples[], cameraOf: readonly number[]): Tone[] {
  const cameras = Math.max(...cameraOf) + 1;
  const seen = new Array<number>(cameras).fill(0);
  for (const { a, b, count: n } of samples) {
    seen[cameraOf[a]] += n;
    seen[cameraOf[b]] += n;
  }
  // Terms of log v in use for each camera: fewer where the data does not say enough, or the polynomial misbehaves.
  const terms = seen.map((n) => (n >= samplesForVignetting ? 3 : 0));
  for (;;) {
    const solution = solveRobustly(new ToneProblem(count, samples, cameraOf, terms));
    const bad = terms.flatMap((n, camera) => (n > 0 && !isPlausible(solution.vignetting[camera]) ? [camera] : []));
    if (bad.length === 0)
      return solution.gains.map((gain, i) => ({ gain, vignetting: solution.vignetting[cameraOf[i]] }));
    for (const camera of bad) terms[camera]--;
  }
}

interface Solution {
  readonly gains: [number, number, number][];
  readonly vignetting: [number, number, number][];
}

function solveRobustly(problem: ToneProblem): Solution {
  for (const scale of lossScales) problem.refine(scale);
  return problem.solution();
}

/** Darker towards the corners throughout, neither negligible nor absurd. */
function isPlausible(v: readonly [number, number, number]): boolean {
  const corner = logVignetting(v, 1);
  if (corner > -weakestVignetting || corner < -strongestVignetting) return false;
  for (let i = 1, before = 0; i <= 50; i++) {
    const value = logVignetting(v, (i / 50) ** 2);
    if (value > before + 1e-3) return false;
    before = value;
  }
  return true;
}

/**
 * Unknowns: log gain of photo i, channel c at 3 i + c; then three coefficients of log v for each camera. A sample says
 * log I_a + g_a − log v(r_a) = log I_b + g_b − log v(r_b).
 */
class ToneProblem {
  private readonly size: number;
  private readonly x: Float64Array;

  constructor(
    private readonly count: number,
    private readonly samples: readonly OverlapSamples[],
    private readonly cameraOf: readonly number[],
    private readonly terms: readonly number[],
  ) {
    this.size = 3 * count + 3 * terms.length;
    this.x = new Float64Array(this.size);
  }

  /** One step of iteratively reweighted least squares at the given scale of the loss. */
  refine(scale: number): void {
    const { size } = this;
    const normal = new Float64Array(size * size);
    const right = new Float64Array(size);
    this.addPriors(normal, right);
    for (const pair of this.samples) this.addPair(pair, scale, normal, right);
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) normal[i * size + j] = normal[j * size + i];
    if (solvePositiveDefinite(normal, right, size)) this.x.set(right);
  }

  solution(): Solution {
    const mean = [0, 0, 0];
    for (let i = 0; i < 3 * this.count; i++) mean[i % 3] += this.x[i] / this.count;
    const at = (i: number, c: number): number => Math.exp(this.x[3 * i + c] - mean[c]);
    const v = (camera: number, k: number): number => {
      return k < this.terms[camera] ? this.x[3 * this.count + 3 * camera + k] : 0;
    };
    return {
      gains: Array.from({ length: this.count }, (_, i) => [at(i, 0), at(i, 1), at(i, 2)]),
      vignetting: this.terms.map((_, camera) => [v(camera, 0), v(camera, 1), v(camera, 2)]),
    };
  }

  private addPriors(normal: Float64Array, right: Float64Array): void {
    const { size, x } = this;
    for (let i = 0; i < this.count; i++) {
      const m = (x[3 * i] + x[3 * i + 1] + x[3 * i + 2]) / 3;
      // A Newton step on the steep term, whose half gradient is steepGainPrior · m⁵.
      const steep = 5 * steepGainPrior * m ** 4;
      for (let c = 0; c < 3; c++) {
        right[3 * i + c] += (steep * m - steepGainPrior * m ** 5) / 3;
        for (let d = 0; d < 3; d++) {
          // gainPrior · mean² + colourPrior · Σ (g_c − mean)²
          const mean = (gainPrior + steep - 3 * colourPrior) / 9;
          normal[(3 * i + c) * size + 3 * i + d] += mean + (c === d ? colourPrior : 0);
        }
      }
    }
    for (let camera = 0; camera < this.terms.length; camera++) {
      for (let k = 0; k < 3; k++) {
        const p = 3 * this.count + 3 * camera + k;
        normal[p * size + p] += k < this.terms[camera] ? vignettingPrior : 1e12;
      }
    }
  }

  /** Adds a pair's samples to the upper triangle of the normal equations. */
  private addPair(pair: OverlapSamples, scale: number, normal: Float64Array, right: Float64Array): void {
    const { size } = this;
    const weights = this.sampleWeights(pair, scale);
    const columns = new Int32Array(8);
    const row = new Float64Array(8);
    row[0] = 1;
    row[1] = -1;
    for (let k = 0; k < 3; k++) {
      columns[2 + k] = this.vignettingOf(pair.a) + k;
      columns[5 + k] = this.vignettingOf(pair.b) + k;
    }
    for (let s = 0; s < pair.count; s++) {
      let [pA, pB] = [1, 1];
      for (let k = 0; k < 3; k++) {
        pA *= pair.radius2A[s];
        pB *= pair.radius2B[s];
        row[2 + k] = -pA;
        row[5 + k] = pB;
      }
      for (let c = 0; c < 3; c++) {
        columns[0] = 3 * pair.a + c;
        columns[1] = 3 * pair.b + c;
        addRow(normal, right, size, columns, row, pair.logRatio[3 * s + c], weights[s]);
      }
    }
  }

  /** How much each sample of a pair counts, given the solution so far. */
  private sampleWeights(pair: OverlapSamples, scale: number): Float64Array {
    const { x } = this;
    const coefficients = (photo: number): [number, number, number] => {
      const v = this.vignettingOf(photo);
      return [x[v], x[v + 1], x[v + 2]];
    };
    const [vA, vB] = [coefficients(pair.a), coefficients(pair.b)];
    const weights = new Float64Array(pair.count).fill(1);
    const residuals = new Float64Array(pair.count);
    let worstMedian = 0;
    for (let c = 0; c < 3; c++) {
      const gain = x[3 * pair.a + c] - x[3 * pair.b + c];
      for (let s = 0; s < pair.count; s++) {
        const fall = logVignetting(vB, pair.radius2B[s]) - logVignetting(vA, pair.radius2A[s]);
        residuals[s] = gain + fall - pair.logRatio[3 * s + c];
      }
      const middle = median(residuals);
      worstMedian = Math.max(worstMedian, Math.abs(middle));
      for (let s = 0; s < pair.count; s++) {
        const deviation = residuals[s] - middle;
        const w = (scale * scale) / (scale * scale + deviation * deviation);
        weights[s] = Math.min(weights[s], w * w);
      }
    }
    const pairWeight = worstMedian > pairScale ? pairScale / worstMedian : 1;
    for (let s = 0; s < pair.count; s++) weights[s] *= pairWeight;
    return weights;
  }

  private vignettingOf(photo: number): number {
    return 3 * this.count + 3 * this.cameraOf[photo];
  }
}

/** Adds weight · (row · x = value)² to the normal equations, upper triangle. */
function addRow(
  normal: Float64Array,
  right: Float64Array,
  size: number,
  columns: Int32Array,
  row: Float64Array,
  value: number,
  weight: number,
): void {
  for (let i = 0; i < row.length; i++) {
    const p = columns[i];
    const wi = weight * row[i];
    right[p] += wi * value;
    for (let j = 0; j < row.length; j++) {
      if (columns[j] >= p) normal[p * size + columns[j]] += wi * row[j];
    }
  }
}
