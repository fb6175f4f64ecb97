/** One line of what a capsule wrote. */
export interface LogLine {
  /** RFC 3339 with nanoseconds, as conmon wrote it. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A line of conmon's k8s-file log; `partial`: the line goes on in the next entry of its stream. */
export interface LogEntry extends LogLine {
  readonly partial: boolean;
}

/** `2026-01-02T03:04:05.000000000+00:00 stdout F hello`; undefined when it is none. */
export function parseLogLine(line: string): LogEntry | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP])(?: (.*))?$/s.exec(line);
  if (match === null) return undefined;
  const [, time = '', stream, flag, text = ''] = match;
  return { time, stream: stream === 'stderr' ? 'stderr' : 'stdout', text, partial: flag === 'P' };
}

/**
 * Turns pieces of a log file, cut anywhere, into whole lines: entries that conmon split are put together again.
 * `end` gives what is left of lines without an end.
 */
export function createLogJoiner(): { add(piece: string): readonly LogLine[]; end(): readonly LogLine[] } {
  const begun = new Map<LogLine['stream'], LogLine>();
  let rest = '';
  const take = (entry: LogEntry): readonly LogLine[] => {
    const before = begun.get(entry.stream);
    const line = {
      time: before?.time ?? entry.time,
      stream: entry.stream,
      text: (before?.text ?? '') + entry.text,
    };
    if (entry.partial) begun.set(entry.stream, line);
    else begun.delete(entry.stream);
    return entry.partial ? [] : [line];
  };
  return {
    add: (piece) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      return lines.flatMap((line) => {
        const entry = parseLogLine(line);
        return entry === undefined ? [] : take(entry);
      });
    },
    end: () => {
      const left = [...begun.values()];
      begun.clear();
      return left;
    },
  };
}

/** The last lines of a piece of a log file that may begin in the middle of a line. */
export function lastLines(text: string, count: number): readonly string[] {
  const joiner = createLogJoiner();
  return [...joiner.add(text), ...joiner.end()].slice(-count).map((line) => line.text);
}
