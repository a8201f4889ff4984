/** Whether a name is one of a list separated by commas, in which `*` stands for any letters. */
export function isNamed(name: string, only: string): boolean {
  return only.split(',').some((pattern) => {
    const parts = pattern.trim().split('*');
    const literal = parts.map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`).test(name);
  });
}
