// node run.mjs PACKAGE FOLDERS SCRIPT ARGUMENT... : runs a script in MicroPython's webassembly
// port, as `micropython SCRIPT ARGUMENT...` does. The port reaches no file here: it gets a copy of
// each of the FOLDERS (with a colon between two), under the same path.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const HEAP = 16 << 20;

const [pkg, folders, ...words] = process.argv.slice(2);
const script = path.resolve(words[0]);
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

mp.FS.mkdirTree(process.cwd());
for (const folder of folders.split(":")) copy(path.resolve(folder));
mp.FS.chdir(process.cwd());
mp.globals.set("words", JSON.stringify([path.dirname(script), ...words]));
mp.globals.set("__file__", script);
mp.runPython(`
import json, sys
words = json.loads(words)
sys.path.insert(0, words[0])
sys.argv[:] = words[1:]
`);
try {
  mp.runPython(fs.readFileSync(script, "utf8"));
} catch (error) {
  console.error(error.message); // node would print the line it came from: all of the port
  process.exitCode = 1;
}
