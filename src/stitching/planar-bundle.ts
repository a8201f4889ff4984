import { NormalEquations } from '../math/normal-equations.ts';
import type { PairObservations } from './bundle-observations.ts';
import type { RobustScale } from './bundle-rotation.ts';
import { robustCost, robustWeight } from './bundle-robust.ts';
import type { BundleProblem } from './bundle-solver.ts';

/** Free numbers of a homography whose last entry is 1. */
const HOMOGRAPHY_PARAMETERS = 8;
const ROW = 2 * HOMOGRAPHY_PARAMETERS;

/**
 * Bundle adjustment over homographies: photo i sees the plane through m_i = image from panorama (8 numbers, last entry 1, in
 * normalised coordinates: pixels from the photo's middle over the reference long side). A point of photo i goes to photo j by
 * m_j m_i⁻¹. Priors keep each photo close to a similarity of the panorama: shear and unequal scale, and perspective, cost.
 */
export class PlanarBundle implements BundleProblem {
  readonly normal: NormalEquations;
  private readonly saved: Float64Array;
  private readonly inverse: Float64Array;
  private readonly hessian = new Float64Array(ROW * ROW);
  private readonly gradient = new Float64Array(ROW);
  private readonly jacobian = new Float64Array(2 * ROW);
  private readonly error = new Float64Array(2);

  constructor(
    /** 9 a photo, row-major, image from panorama, last entry 1; changed in place. */
    readonly maps: Float64Array,
    private readonly observations: readonly PairObservations[],
    /** The photo held at its present map. */
    private readonly fixed: number,
    private readonly units: Float64Array,
    public robust: RobustScale,
    /** Standard deviations of shear / unequal scale and of perspective, relative to the photo's size. */
    private readonly stiffness: { affine: number; perspective: number },
  ) {
    const count = maps.length / 9;
    const blocks = observations.map((o) => this.indicesOf(o.a, o.b));
    for (let c = 0; c < count; c++) blocks.push(this.indicesOf(c, c));
    this.normal = new NormalEquations(HOMOGRAPHY_PARAMETERS * count, blocks);
    this.saved = maps.slice();
    this.inverse = new Float64Array(maps.length);
    this.invertAll();
  }

  linearise(): number {
    let cost = this.priors(true);
    for (const o of this.observations) {
      if (o.weight > 0) cost += this.pairCost(o, o.a, o.b, 0, true) + this.pairCost(o, o.b, o.a, 2, true);
    }
    return cost;
  }

  cost(): number {
    let cost = this.priors(false);
    for (const o of this.observations) {
      if (o.weight > 0) cost += this.pairCost(o, o.a, o.b, 0, false) + this.pairCost(o, o.b, o.a, 2, false);
    }
    return cost;
  }

  apply(delta: Float64Array): void {
    for (let c = 0; c < this.maps.length / 9; c++) {
      if (c === this.fixed) continue;
      for (let k = 0; k < HOMOGRAPHY_PARAMETERS; k++) this.maps[9 * c + k] += delta[HOMOGRAPHY_PARAMETERS * c + k];
    }
    this.invertAll();
  }

  save(): void {
    this.saved.set(this.maps);
  }

  restore(): void {
    this.maps.set(this.saved);
    this.invertAll();
  }

  private indicesOf(from: number, to: number): number[] {
    const of = (c: number): number[] =>
      Array.from({ length: HOMOGRAPHY_PARAMETERS }, (_, k) => (c === this.fixed ? -1 : HOMOGRAPHY_PARAMETERS * c + k));
    return [...of(from), ...of(to)];
  }

  /** Residuals a photo: h0 − h4, h1 + h3 (zero for similarities) and h6, h7 (zero without perspective). */
  private priors(linearise: boolean): number {
    let cost = 0;
    const wa = 1 / this.stiffness.affine;
    const wp = 1 / this.stiffness.perspective;
    for (let c = 0; c < this.maps.length / 9; c++) {
      if (c === this.fixed) {
        // Keeps the held photo's rows of the normal equations regular.
        if (linearise) for (let k = 0; k < 8; k++) this.normal.addDifference(HOMOGRAPHY_PARAMETERS * c + k, -1, 1, 0);
        continue;
      }
      const h = 9 * c;
      const i = HOMOGRAPHY_PARAMETERS * c;
      const stretch = wa * (this.maps[h] - this.maps[h + 4]);
      const shear = wa * (this.maps[h + 1] + this.maps[h + 3]);
      const p = wp * this.maps[h + 6];
      const q = wp * this.maps[h + 7];
      cost += stretch * stretch + shear * shear + p * p + q * q;
      if (!linearise) continue;
      this.normal.addDifference(i, i + 4, wa, stretch);
      this.normal.addSum(i + 1, i + 3, wa, shear);
      this.normal.addDifference(i + 6, -1, wp, p);
      this.normal.addDifference(i + 7, -1, wp, q);
    }
    return cost;
  }

  private pairCost(o: PairObservations, from: number, to: number, at: number, linearise: boolean): number {
    const { hessian, gradient, jacobian, error } = this;
    const { loss, sigma, noise } = this.robust;
    const sigma2 = sigma * sigma;
    const unit2 = this.units[to] * this.units[to];
    const base = o.weight / (noise * noise);
    hessian.fill(0);
    gradient.fill(0);
    let cost = 0;
    for (let i = 0; i < o.points.length; i += 4) {
      const seen = this.transfer(from, to, o.points[i + at], o.points[i + at + 1], linearise);
      if (!seen) {
        cost += base * robustCost(loss, 1e3 * sigma2, sigma2);
        continue;
      }
      error[0] -= o.points[i + 2 - at];
      error[1] -= o.points[i + 3 - at];
      const s = (error[0] ** 2 + error[1] ** 2) * unit2;
      cost += base * robustCost(loss, s, sigma2);
      if (!linearise) continue;
      const w = base * unit2 * robustWeight(loss, s, sigma2);
      for (let k = 0; k < ROW; k++) {
        const a = w * jacobian[k];
        const b = w * jacobian[ROW + k];
        gradient[k] += a * error[0] + b * error[1];
        for (let l = 0; l < ROW; l++) hessian[k * ROW + l] += a * jacobian[l] + b * jacobian[ROW + l];
      }
    }
    if (linearise) this.normal.addBlock(this.indicesOf(from, to), hessian, gradient);
    return cost;
  }

  /** Maps a point into photo `to` (into `error`) and, where asked, its derivatives; false beyond the horizon. */
  private transfer(from: number, to: number, x: number, y: number, derivatives: boolean): boolean {
    const { inverse: n, maps: m, jacobian: J, error } = this;
    const a = 9 * from;
    const pw = n[a + 6] * x + n[a + 7] * y + n[a + 8];
    if (!(pw > 1e-6)) return false;
    const px = (n[a] * x + n[a + 1] * y + n[a + 2]) / pw;
    const py = (n[a + 3] * x + n[a + 4] * y + n[a + 5]) / pw;
    const b = 9 * to;
    const w = m[b + 6] * px + m[b + 7] * py + m[b + 8];
    if (!(w > 1e-3)) return false;
    const u = (m[b] * px + m[b + 1] * py + m[b + 2]) / w;
    const v = (m[b + 3] * px + m[b + 4] * py + m[b + 5]) / w;
    error[0] = u;
    error[1] = v;
    if (!derivatives) return true;
    // d(u, v)/dp, and dp/d(map of `from`) = −(d image/dp)⁻¹ d image/d map at the point it maps onto.
    const [uxx, uxy, uyx, uyy] = planeDerivative(m, b, u, v, w);
    const ws = m[a + 6] * px + m[a + 7] * py + m[a + 8];
    const [sxx, sxy, syx, syy] = planeDerivative(m, a, x, y, ws);
    const det = sxx * syy - sxy * syx;
    const gxx = -(uxx * syy - uxy * syx) / det;
    const gxy = -(uxy * sxx - uxx * sxy) / det;
    const gyx = -(uyx * syy - uyy * syx) / det;
    const gyy = -(uyy * sxx - uyx * sxy) / det;
    mapDerivative(J, 0, px, py, x, y, ws, gxx, gxy);
    mapDerivative(J, ROW, px, py, x, y, ws, gyx, gyy);
    mapDerivative(J, HOMOGRAPHY_PARAMETERS, px, py, u, v, w, 1, 0);
    mapDerivative(J, ROW + HOMOGRAPHY_PARAMETERS, px, py, u, v, w, 0, 1);
    return true;
  }

  private invertAll(): void {
    const { maps: m, inverse: n } = this;
    for (let o = 0; o < m.length; o += 9) {
      const c0 = m[o + 4] * m[o + 8] - m[o + 5] * m[o + 7];
      const c3 = m[o + 5] * m[o + 6] - m[o + 3] * m[o + 8];
      const c6 = m[o + 3] * m[o + 7] - m[o + 4] * m[o + 6];
      const s = 1 / (m[o] * c0 + m[o + 1] * c3 + m[o + 2] * c6);
      n[o] = s * c0;
      n[o + 1] = s * (m[o + 2] * m[o + 7] - m[o + 1] * m[o + 8]);
      n[o + 2] = s * (m[o + 1] * m[o + 5] - m[o + 2] * m[o + 4]);
      n[o + 3] = s * c3;
      n[o + 4] = s * (m[o] * m[o + 8] - m[o + 2] * m[o + 6]);
      n[o + 5] = s * (m[o + 2] * m[o + 3] - m[o] * m[o + 5]);
      n[o + 6] = s * c6;
      n[o + 7] = s * (m[o + 1] * m[o + 6] - m[o] * m[o + 7]);
      n[o + 8] = s * (m[o] * m[o + 4] - m[o + 1] * m[o + 3]);
    }
  }
}

/** Derivative of the mapped point (u, v) by the plane point, map at offset o, denominator w. */
function planeDerivative(
  m: Float64Array,
  o: number,
  u: number,
  v: number,
  w: number,
): [number, number, number, number] {
  return [
    (m[o] - u * m[o + 6]) / w,
    (m[o + 1] - u * m[o + 7]) / w,
    (m[o + 3] - v * m[o + 6]) / w,
    (m[o + 4] - v * m[o + 7]) / w,
  ];
}

/** gx · du/dmap + gy · dv/dmap for the eight free numbers of a map that takes (px, py) to (u, v). */
function mapDerivative(
  J: Float64Array,
  o: number,
  px: number,
  py: number,
  u: number,
  v: number,
  w: number,
  gx: number,
  gy: number,
): void {
  J[o] = (gx * px) / w;
  J[o + 1] = (gx * py) / w;
  J[o + 2] = gx / w;
  J[o + 3] = (gy * px) / w;
  J[o + 4] = (gy * py) / w;
  J[o + 5] = gy / w;
  const t = -(gx * u + gy * v) / w;
  J[o + 6] = t * px;
  J[o + 7] = t * py;
}
