/*
 * Loaded before the program (NODE_OPTIONS=--import): something that nobody foresaw happens where it writes the configuration of a capsule
 * that CANARY_OF is a part of, in the way that NOVA_FAULT says. What is thrown holds all of that text, as errors of others do.
 */
import process from 'node:process';
import { setTimeout } from 'node:timers';

const { NOVA_FAULT: fault = '', CANARY_OF: canary = '' } = process.env;
const stringify = JSON.stringify as (...given: readonly unknown[]) => string;
let done = false;

JSON.stringify = (...given: readonly unknown[]) => {
  const text = stringify(...given);
  if (done || !text?.includes(canary) || !text.includes('ociVersion')) return text;
  done = true;
  faults[fault]?.(text);
  return text;
};

function bad(text: string): Error {
  const properties = { argv: [text], env: { A: text }, stdin: text, stdout: text, code: text };
  return Object.assign(new Error(`cannot write ${text}`, { cause: new SyntaxError(text) }), properties);
}

const faults: Readonly<Record<string, (text: string) => void>> = {
  thrown(text) {
    throw bad(text);
  },
  parsed(text) {
    JSON.parse(text.slice(text.indexOf(canary)));
  },
  uncaught(text) {
    setTimeout(() => {
      throw bad(text);
    });
  },
  text(text) {
    setTimeout(() => {
      // oxlint-disable-next-line only-throw-error -- whatever somebody throws
      throw text;
    });
  },
  rejected(text) {
    void Promise.reject(bad(text));
  },
};
