/**
 * Runs our side or a Node.js peer in a process of its own: `node-side.ts FOLDER/SUITE PEER`. PEER `ours` is our side.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Answer, InputFile, Request } from './protocol.js';
import type { Input, Suite, Workload } from './suite.js';
import { timedCall } from './timed-call.js';

const [suiteName, peer] = process.argv.slice(2) as [string, string];
const { suite } = (await import(`../${suiteName}.js`)) as { suite: Suite };
const prepare = peer === 'ours' ? suite.prepare.bind(suite) : suite.nodePeers?.[peer];
if (prepare === undefined) throw new Error(`${suiteName} has no peer '${peer}' in Node.js`);

let workload: Workload | undefined;

function load({ file, dtype, shape }: InputFile): Input {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  return { data: dtype === 'float32' ? new Float32Array(bytes) : new Int32Array(bytes), shape };
}

async function answer(request: Request): Promise<Answer> {
  if (request.kind === 'prepare') {
    workload?.dispose?.();
    const inputs = Object.fromEntries(Object.entries(request.inputs).map(([name, entry]) => [name, load(entry)]));
    workload = await prepare!(request.params, inputs);
    const result = workload.check();
    writeFileSync(request.output, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
    return {};
  }
  if (workload === undefined) throw new Error('no case is prepared');
  const current = workload;
  const seconds = Array.from({ length: request.calls }, () => timedCall(current));
  return { seconds, ...(workload.tensors && { tensors: workload.tensors() }) };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply: Answer;
  try {
    reply = await answer(JSON.parse(line) as Request);
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
