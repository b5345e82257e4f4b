namespace Engine.Metadata;

/// <summary>Writes the fields of a record. Called twice with the same value, which does not change between: to measure, and to
/// write.</summary>
/// <typeparam name="T">What the record says.</typeparam>
/// <param name="writer">Stands where the first field belongs.</param>
/// <param name="value">What to write.</param>
public delegate void WireWrite<in T>(ref WireWriter writer, T value);
