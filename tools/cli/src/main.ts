/** The command line. */
process.stdout.write('weft: fine-tune language models\n\nusage: weft <command> [options]\n');
