namespace Engine.Stores.Tests.Logs;

/// <summary>A record as it was appended.</summary>
internal readonly record struct LogRecordModel(long Position, byte[] Bytes);
