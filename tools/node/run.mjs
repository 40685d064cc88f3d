// node run.mjs PACKAGE SCRIPT ARGUMENT... : runs a script in MicroPython's webassembly port, as
// `micropython SCRIPT ARGUMENT...` does. It sees a copy of its own folder, and of each folder
// that an argument names, under the same path as here.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const HEAP = 16 << 20;

const [pkg, ...words] = process.argv.slice(2);
const home = path.dirname(path.resolve(words[0]));
const { loadMicroPython } = await import(pathToFileURL(path.resolve(pkg, "micropython.mjs")));
const mp = await loadMicroPython({ heapsize: HEAP, linebuffer: true, stdout: console.log });

function copy(folder) {
  mp.FS.mkdirTree(folder);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) copy(name);
    else mp.FS.writeFile(name, fs.readFileSync(name));
  }
}

const isFolder = (word) => fs.statSync(word, { throwIfNoEntry: false })?.isDirectory();
for (const folder of [home, ...words.filter(isFolder)]) copy(path.resolve(folder));
mp.FS.mkdirTree(process.cwd());
mp.FS.chdir(process.cwd());
mp.globals.set("words", JSON.stringify([home, ...words]));
mp.runPython(`
import json, sys
words = json.loads(words)
sys.path.insert(0, words[0])
sys.argv[:] = words[1:]
`);
try {
  mp.runPython(fs.readFileSync(words[0], "utf8"));
} catch (error) {
  console.error(error.message);  // node would print the line it came from: all of the port
  process.exitCode = 1;
}
