import { describe, expect, it } from 'vitest';
import {
  flagOf,
  optionsMarkdown,
  resolveOptions,
  resolveStitchOptions,
  stitchOptions,
} from '../../pipeline/options.ts';
import { UsageError } from '../../src/errors.ts';

describe('options', () => {
  it('fills in defaults and what quality decides; an explicit option wins over the preset', () => {
    const normal = resolveStitchOptions({});
    expect(normal.projection).toBe('auto');
    expect(normal.seed).toBe(0);
    const fast = resolveStitchOptions({ quality: 'fast', maxKeypoints: 1234 });
    expect(fast.maxKeypoints).toBe(1234);
    expect(fast.detectMegapixels).toBeLessThan(normal.detectMegapixels);
    expect(resolveStitchOptions({ quality: 'best' }).candidates).toBeGreaterThan(normal.candidates);
  });

  it('refuses unknown keys, wrong choices and values out of range, and says what was expected', () => {
    const refuse =
      (given: object): (() => unknown) =>
      () =>
        resolveStitchOptions(given);
    expect(refuse({ qualty: 'fast' })).toThrow(UsageError);
    expect(refuse({ qualty: 'fast' })).toThrow(/unknown option "qualty".*quality/);
    expect(refuse({ projection: 'fisheye' })).toThrow(/projection.*auto\|plane.*"fisheye"/);
    expect(refuse({ outputQuality: 101 })).toThrow(/outputQuality.*101/);
    expect(refuse({ maxWidth: 10.5 })).toThrow(/maxWidth/);
    expect(refuse({ seed: NaN })).toThrow(/seed/);
    expect(refuse({ toString: 1 })).toThrow(/unknown option/);
  });

  it('names flags and documents every option once', () => {
    expect(flagOf('maxInputPixels')).toBe('--max-input-pixels');
    const markdown = optionsMarkdown(stitchOptions);
    for (const name of Object.keys(stitchOptions)) {
      const flag = name === 'cache' ? '--no-cache' : flagOf(name);
      expect(markdown, name).toContain(`\`${flag}`);
    }
  });

  it('does not mistake inherited names for options', () => {
    expect(() => resolveOptions({}, { constructor: 1 })).toThrow(UsageError);
  });
});
