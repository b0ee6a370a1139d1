/** `node bin/weft …`: the command line, where a caller names the Node. */
process.argv.splice(2, 0, 'weft');
await import('./main.mjs');
