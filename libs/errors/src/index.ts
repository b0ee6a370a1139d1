export { type ErrorKind, exitCodeOf, isWeftError, WeftError, type WeftErrorDetails } from './weft-error.ts';
