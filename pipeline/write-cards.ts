import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { networks, type NetworkName } from '../models/index.ts';
import { packageRoot } from '../src/package-root.ts';
import { modelCardMarkdown } from './model-card.ts';
import { readModelCard } from './read-model-card.ts';

for (const name of Object.keys(networks) as NetworkName[]) {
  const card = await readModelCard(name);
  await writeFile(join(packageRoot().folder, 'models', card.network.card), `${modelCardMarkdown(card)}\n`);
}
