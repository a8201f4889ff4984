import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { definitions } from '../models/definitions.ts';
import { networksMarkdown } from '../src/nn/network/networks-markdown.ts';

const file = fileURLToPath(new URL('../../models/NETWORKS.md', import.meta.url));
await writeFile(file, `${networksMarkdown(Object.values(definitions))}\n`);
