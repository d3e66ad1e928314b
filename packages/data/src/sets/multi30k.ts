import type { TextPairDeclaration } from '../declaration.js';
import { readTextPairs } from '../formats/text-lines.js';

const PARTS = { train: 29_000, val: 1_014, test_2016_flickr: 1_000 } as const;

/**
 * Multi30k (Elliott, Frank, Sima'an, Specia 2016): captions of photographs in English and their German translations,
 * task 1 in its authors' raw files; the test set is that of 2016.
 */
export const multi30k: TextPairDeclaration = {
  kind: 'text-pairs',
  name: 'multi30k',
  title: 'Multi30k',
  summary: '29,000 + 1,014 + 1,000 captions of photographs, English to German (1.3 MB)',
  files: [
    { name: 'train.en.gz', size: 568929, sha256: 'd79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f' },
    { name: 'train.de.gz', size: 637044, sha256: '726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6' },
    { name: 'val.en.gz', size: 21650, sha256: '14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28' },
    { name: 'val.de.gz', size: 24681, sha256: 'f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a' },
    {
      name: 'test_2016_flickr.en.gz',
      size: 21077,
      sha256: '611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9',
    },
    {
      name: 'test_2016_flickr.de.gz',
      size: 22890,
      sha256: '9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8',
    },
  ],
  sources: [{ kind: 'web', base: 'https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/' }],
  async read(files) {
    const split = (part: keyof typeof PARTS) =>
      readTextPairs(files.get(`${part}.en.gz`)!, files.get(`${part}.de.gz`)!, PARTS[part]);
    const [train, validation, test] = await Promise.all([split('train'), split('val'), split('test_2016_flickr')]);
    const { name, title } = multi30k;
    return { name, title, sourceLanguage: 'en', targetLanguage: 'de', train, validation, test };
  },
};
