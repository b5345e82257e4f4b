namespace Engine.Metadata;

/// <summary>Reads the fields of a record. Once the reader has failed, what comes back is thrown away.</summary>
/// <typeparam name="T">What the record says.</typeparam>
/// <param name="reader">Stands at the first field.</param>
public delegate T WireRead<out T>(ref WireReader reader);
