using Engine.Buffers;

namespace Engine.Stores.Tests.Durability;

/// <summary>What a script runs against: a byte-addressed image whose requests end with an error value.</summary>
internal interface IDurabilityTarget : IDisposable
{
    /// <summary>Failures that the target counted although no request showed them.</summary>
    long HiddenFailures { get; }

    ValueTask<IoError> Write(long offset, byte[] data, bool fua);

    ValueTask<IoError> Read(long offset, byte[] destination);

    ValueTask<IoError> Flush();

    ValueTask<IoError> Discard(long offset, int length);

    ValueTask<IoError> WriteZeroes(long offset, int length);

    /// <summary>Flushes and ends the target.</summary>
    ValueTask<IoError> Close();
}
