/** A choice of one among some, such as a network or a metric. */

interface Props {
  label: string;
  value: string;
  options: readonly { name: string; title: string }[];
  choose: (name: string) => void;
}

export function Choice({ label, value, options, choose }: Props) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
