/** Share of the steps from photo to photo that have to be as in a video. */
const regularShare = 0.9;

/**
 * Seconds between frames of a video: who presses a button takes longer, and files that share one time were given it
 * later.
 */
const frameSeconds = { min: 1 / 240, max: 1 };

/** Words that programs put before the number of a frame; a name that is all number counts too. */
const frameWord = /(?<![a-z])(?:frames?|frm|videos?|vid|movie|mov)(?![a-z])/i;

/** A name's part up to its last number, and that number. */
const numberedName = /^(.*?)(\d+)(?:\.[^./]+)?$/;

/**
 * Whether photos look like frames of a video, or of several: names of the kind `frame_0001.png`, `VID_20260101_12.jpg`
 * or `000012.jpg` whose numbers grow in equal steps; or times of capture at most a second apart. Cameras number their
 * photos too, so that `IMG_0001.jpg` says nothing.
 * @param names in natural order, folders of the path included
 * @param seconds of the same photos, NaN where not known
 */
export function looksLikeVideo(names: readonly string[], seconds: ArrayLike<number>): boolean {
  return names.length > 2 && (hasFrameNames(names) || hasFrameTimes(seconds));
}

function hasFrameNames(names: readonly string[]): boolean {
  const frames: { readonly stem: string; readonly number: number }[] = [];
  for (const name of names) {
    const [, stem, number] = numberedName.exec(name) ?? [];
    if (stem === undefined || !isFrameStem(stem)) return false;
    frames.push({ stem, number: Number(number) });
  }
  const steps = frames
    .slice(1)
    .flatMap(({ stem, number }, i) => (stem === frames[i].stem ? [number - frames[i].number] : []));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)];
  return usual > 0 && steps.filter((step) => step === usual).length >= regularShare * (names.length - 1);
}

/** @param stem with its folders */
function isFrameStem(stem: string): boolean {
  const start = stem.slice(stem.lastIndexOf('/') + 1);
  return start === '' || frameWord.test(start);
}

function hasFrameTimes(seconds: ArrayLike<number>): boolean {
  const steps = seconds.length - 1;
  let regular = 0;
  for (let i = 1; i <= steps; i++) {
    const step = seconds[i] - seconds[i - 1];
    if (step >= 0 && step <= frameSeconds.max) regular++;
  }
  return regular >= regularShare * steps && seconds[steps] - seconds[0] >= frameSeconds.min * steps;
}
