// node held.mjs PACKAGE LIB HELD CLIENT... : runs held.py in MicroPython's webassembly port, 32-bit.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [pkg, lib, held, ...client] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(path.resolve(pkg, "micropython.mjs")));
const mp = await loadMicroPython({ heapsize: 1 << 20, linebuffer: true, stdout: console.log });
mp.FS.mkdir("/lib");
mp.FS.mkdir("/lib/bc25");
for (const file of fs.readdirSync(path.join(lib, "bc25")).filter((f) => f.endsWith(".mpy")))
  mp.FS.writeFile("/lib/bc25/" + file, fs.readFileSync(path.join(lib, "bc25", file)));
const allocated = () => {
  mp.runPython("import gc; gc.collect()");
  mp.runPython("allocated = gc.mem_alloc()");
  return mp.globals.get("allocated");
};
mp.runPython(`LIB = "/lib"\nCLIENT = ${JSON.stringify(client)}`);
mp.runPython(fs.readFileSync(held, "utf8"));
const figures = [];
for (let step = 0; step < 5; step++) {
  mp.runPython(`STEPS[${step}]()`);
  figures.push(allocated());
}
console.log(JSON.stringify(figures));
