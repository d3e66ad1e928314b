/** Loads a saved model in a process of its own and prints what it predicts, as JSON. */

// Registers the transforms that saved models name.
import '@winnow/baselines';
import { appliedTransform, loadModel } from '@winnow/models';
import { tf } from '@winnow/tensorflow';

const url = process.argv[2] as string;
const images = tf.randomNormal([32, 12, 12, 1], 0, 1, 'float32', 1);
const predict = (model: tf.LayersModel) => [...(model.predict(images) as tf.Tensor).dataSync()];
const model = await loadModel(url);
const result = {
  loaded: predict(model),
  transformName: appliedTransform(model)?.transform.name,
  stock: predict(await tf.loadLayersModel(url)),
};
process.stdout.write(JSON.stringify(result));
