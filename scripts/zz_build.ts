import { buildNative } from '@winnow/native';
import { setupTensorflow } from '@winnow/tensorflow/setup';
const { directory } = await setupTensorflow({ quiet: true });
const r = await buildNative({ tensorflowDirectory: directory, log: (l) => console.log(l) });
console.log(JSON.stringify(r));
