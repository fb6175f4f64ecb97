#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can run: it finds a Node that can run Nova, and Nova.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { findNode, isNewEnough, wanted } from './findNode.js';
import { findProgram } from './findProgram.js';

const launcher = fileURLToPath(import.meta.url);
const root = join(launcher, '../../..');

if (isNewEnough(process.versions.node)) await runHere();
else runElsewhere(findNode(launcher) ?? giveUp());

async function runHere() {
  // Never fails: where the folder is not writable there is no cache.
  nodeModule.enableCompileCache?.(join(root, 'node_modules', '.cache', 'nova'));
  const program = findProgram(root);
  if (program === undefined) {
    process.stderr.write(`nova: there is no program in ${root}. Next: npm run build\n`);
    process.exit(1);
  }
  await import(pathToFileURL(program).href);
}

/** This same file, under the Node that was found. */
function runElsewhere(node) {
  const child = spawn(node, [launcher, ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal has sent its Ctrl-C to both; twice would mean "give up at once".
    if (signal !== 'SIGINT' || !isInForeground()) child.kill(signal);
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  child.on('error', (error) => {
    process.stderr.write(`nova: ${node} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (status, signal) => {
    process.off('SIGINT', forward).off('SIGTERM', forward);
    if (signal === null) {
      process.exitCode = status ?? 1;
      return;
    }
    // Whoever waits for this process learns how it ended.
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  });
}

/** Whether the terminal's signals reach this process group (proc_pid_stat(5): pgrp and tpgid). */
function isInForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}

function giveUp() {
  process.stderr.write(
    `nova: Node.js ${wanted} or later is needed, and this is ${process.versions.node} (${process.execPath}).\n` +
      `Looked for: the package node-linux-${process.arch} near ${root}, then node24 and node in PATH.\n` +
      `Next: run "npm install" without --omit=optional (it brings that Node along), or install Node.js 24 or later.\n`,
  );
  process.exit(1);
}
