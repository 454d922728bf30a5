import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures in rows, one column for each thing that was measured, printed as Markdown.
 */
final class Table {

	private final List<String> columns = new ArrayList<>();

	private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();

	/** Adds a figure; rows and columns are in the order of their first figures. */
	void put(String row, String column, Object figure) {
		if (!this.columns.contains(column)) {
			this.columns.add(column);
		}
		String text = (figure instanceof Number number) ? String.format("%,d", number.longValue()) : figure.toString();
		this.rows.computeIfAbsent(row, (_) -> new LinkedHashMap<>()).put(column, text);
	}

	@Override
	public String toString() {
		StringBuilder table = new StringBuilder("| | " + String.join(" | ", this.columns) + " |\n|---|");
		this.columns.forEach((column) -> table.append("---:|"));
		this.rows.forEach((row, figures) -> {
			table.append("\n| ").append(row).append(" |");
			this.columns.forEach((column) -> table.append(' ').append(figures.getOrDefault(column, "")).append(" |"));
		});
		return table.append('\n').toString();
	}

}
