import type { NetworkDefinition } from './definition.ts';
import {
  contractText,
  costOf,
  layerTable,
  markdownTable,
  sidesText,
  structureLegend,
  structureOf,
} from './describe.ts';
import type { NetworkPart } from './inference.ts';

/** The documentation of all networks: one table over them, and each with its layers. */
export function networksMarkdown(definitions: readonly NetworkDefinition[]): string {
  const overview = definitions.map((definition) => {
    const { weights, multiplyAdds } = costOf(definition);
    return [
      `[\`${definition.name}\`](#${definition.name})`,
      structureOf(definition),
      `${(weights / 1e6).toFixed(2)} M`,
      `${(multiplyAdds / 1e6).toFixed(1)} M`,
    ];
  });
  return [
    '# The networks',
    'Written by `npm run readme` from `models/definitions.ts`. A network is trained under its name by `tessera train`; ' +
      'those whose weights are shipped have a model card beside this file.',
    structureLegend,
    markdownTable(['name', 'structure', 'weights', 'multiply-adds a pair'], overview),
    ...definitions.flatMap(networkSection),
  ].join('\n\n');
}

function networkSection(definition: NetworkDefinition): string[] {
  const parts: NetworkPart[] = definition.pairing === 'siamese' ? ['pairs', 'branch', 'decision'] : ['pairs'];
  const openSides = 'side' in definition.input ? '' : ' The table is for 64×64.';
  return [
    `## ${definition.name}`,
    definition.summary,
    `Structure: ${structureOf(definition)}.`,
    `Patches of ${sidesText(definition)}.${openSides}`,
    layerTable(definition),
    parts.map((part) => `- ${contractText(definition, part)}`).join('\n'),
  ];
}
