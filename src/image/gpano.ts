/** What viewers of spherical panoramas need to know. */
export interface GPanoFields {
  /** Size of the whole sphere (2:1) at the picture's resolution, pixels. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** Where the picture lies in it, pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Compass direction of the middle of the whole sphere, degrees clockwise from north; left out if unknown. */
  readonly headingDegrees?: number;
}

/**
 * XMP packet that marks an equirectangular picture as a photo sphere (Google's GPano schema,
 * http://ns.google.com/photos/1.0/panorama/). Sizes and offsets are rounded to whole pixels.
 */
export function gpanoXmp(fields: GPanoFields): string {
  const properties: Record<string, string> = {
    UsePanoramaViewer: 'True',
    ProjectionType: 'equirectangular',
    FullPanoWidthPixels: pixels(fields.fullWidth),
    FullPanoHeightPixels: pixels(fields.fullHeight),
    CroppedAreaImageWidthPixels: pixels(fields.width),
    CroppedAreaImageHeightPixels: pixels(fields.height),
    CroppedAreaLeftPixels: pixels(fields.left),
    CroppedAreaTopPixels: pixels(fields.top),
  };
  if (fields.headingDegrees !== undefined) {
    const heading = ((checked(fields.headingDegrees) % 360) + 360) % 360;
    properties.PoseHeadingDegrees = heading.toFixed(2);
  }
  const elements = Object.entries(properties).map(([name, value]) => `   <GPano:${name}>${value}</GPano:${name}>`);
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '  <rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/">',
    ...elements,
    '  </rdf:Description>',
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="w"?>',
  ].join('\n');
}

function pixels(value: number): string {
  return String(Math.round(checked(value)));
}

function checked(value: number): number {
  if (!Number.isFinite(value))
    throw new TypeError(`expected a number for the panorama's metadata but received ${value}`);
  return value;
}
