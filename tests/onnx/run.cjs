// Runs models with ONNX Runtime. usage: node run.cjs FOLDER_OF_THE_PACKAGE < jobs, each line of them a JSON object:
//   {"model": FILE, "inputs": [{"file": FILE of float32, "shape": [...]}, ...], "out": PREFIX}
// Writes the values of output i to PREFIXi and prints a line of JSON for each job:
//   {"inputs": [names], "outputs": [{"name": ..., "shape": [...]}, ...]}
const fs = require('fs');
const ort = require(process.argv[2]);

async function run(job) {
  const session = await ort.InferenceSession.create(job.model, {intraOpNumThreads: 1, interOpNumThreads: 1});
  const feeds = {};
  session.inputNames.forEach((name, i) => {
    const bytes = fs.readFileSync(job.inputs[i].file);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    feeds[name] = new ort.Tensor('float32', values, job.inputs[i].shape);
  });
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name, i) => {
    const {data, dims} = results[name];
    fs.writeFileSync(job.out + i, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return {name, shape: dims};
  });
  console.log(JSON.stringify({inputs: session.inputNames, outputs}));
}

(async () => {
  for (const line of fs.readFileSync(0, 'utf8').split('\n')) if (line) await run(JSON.parse(line));
})().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
