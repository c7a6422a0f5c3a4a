/** A Markdown page without what stands in code, where nothing is a link or a heading. */
export function withoutCode(text: string): string {
  return text
    .replaceAll(/^(`{3,})[\s\S]*?^\1\s*$/gm, "")
    .replaceAll(/(`+)(?!`)[^`]*?\1/g, (code) => code.replaceAll(/[[\]()<>]/g, " "));
}

/** Where a page's links and pictures lead, as they are written. */
export function linksOf(text: string): string[] {
  const forms = /\]\(\s*<?([^()\s<>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|srcset|href)="([^"]+)"/gm;
  return Array.from(
    withoutCode(text).matchAll(forms),
    ([, inline, reference, html]) => inline ?? reference ?? html ?? "",
  );
}

/** The names that a page's headings can be linked by, made as code hosts make them. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return Array.from(withoutCode(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm), ([, heading = ""]) => {
    const name = slug(heading);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  });
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

/** What stands in the first column of a page's tables, without marks: one entry a row. */
export function firstCells(text: string): string[] {
  return Array.from(text.matchAll(/^\|\s*`([^`|]+)`\s*\|/gm), ([, name = ""]) => name);
}
