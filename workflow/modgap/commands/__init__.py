"""Commands of the command line, one module each: `add_parser(commands)` and
`run(options)`, which may return an exit code."""
