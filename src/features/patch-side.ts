import { UsageError } from '../errors.ts';

/** Sides of the patches that networks of open sides take: the even ones. */
export const openSides = { minSide: 32, maxSide: 128 } as const;

/**
 * To be asked before patches of a side that a user chose reach ONNX Runtime, whose own message would speak of nodes and axes.
 * @throws UsageError naming the sides that there are
 */
export function requirePatchSide(side: number): void {
  const { minSide, maxSide } = openSides;
  if (Number.isInteger(side) && side % 2 === 0 && side >= minSide && side <= maxSide) return;
  throw new UsageError(
    `expected patches with an even side from ${minSide} to ${maxSide} pixels but received a side of ${side}`,
  );
}
