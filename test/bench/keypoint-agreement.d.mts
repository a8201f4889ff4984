import type { Keypoints } from '../../src/features/keypoints.ts';

export type Place = readonly [x: number, y: number, size: number, degrees: number];
export function agreement(keypoints: readonly Place[], others: readonly Place[], degreesApart?: number): number;
export function placesFromOpenCv(keypoints: readonly (readonly number[])[]): Place[];
export function placesFromKeypoints(keypoints: Keypoints): Place[];
