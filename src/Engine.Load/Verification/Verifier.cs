using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Load;

/// <summary>
/// Checks a volume against its side log after the fact: every sector ever written holds a generation from the last flushed to the
/// last submitted one, and no sector holds another's content.
/// </summary>
public sealed class Verifier
{
    private const int ReadBytes = 1 << 20;

    private readonly SideLogContent _log;
    private readonly SectorExpectation[] _expected = new SectorExpectation[ReadBytes / SectorPattern.SectorSize];

    /// <summary>Creates a verifier for the volume that <paramref name="log"/> belongs to.</summary>
    public Verifier(SideLogContent log) => _log = log;

    /// <summary>Reads and judges the volume.</summary>
    /// <param name="volume">The volume; its uuid is checked.</param>
    /// <param name="wholeVolume">Reads sectors that were never written too, and finds content that does not belong there.</param>
    /// <param name="progress">Called with the bytes looked at so far, of <see cref="Volume.Length"/>.</param>
    /// <param name="cancellation">Ends the check early.</param>
    /// <exception cref="SideLogException">The side log belongs to another volume.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="IOException">The volume cannot be read.</exception>
    public FaultReport Run(
        Volume volume, bool wholeVolume = true, Action<long>? progress = null, CancellationToken cancellation = default)
    {
        if (volume.Image.Uuid != _log.Identity.Volume || volume.Length != _log.VolumeBytes)
            throw new SideLogException($"the side log belongs to volume {_log.Identity.Volume} of {_log.VolumeBytes} bytes, "
                + $"not to this one ({volume.Image.Uuid}, {volume.Length} bytes)");
        var report = new FaultReport();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadBytes, pinned: true);
        long end = _log.Map.SectorCount * SectorPattern.SectorSize;
        for (long offset = 0; offset < end; offset += ReadBytes)
        {
            cancellation.ThrowIfCancellationRequested();
            int length = (int)Math.Min(ReadBytes, end - offset);
            long first = offset / SectorPattern.SectorSize;
            int count = length / SectorPattern.SectorSize;
            if (!LoadExpected(first, count) && !wholeVolume)
                continue;
            int read = volume.Read(offset, buffer.AsSpan(0, length));
            Invariant.That(read == length);
            VerifiedImage.Judge(_log.Identity, first, buffer.AsSpan(0, length), _expected.AsSpan(0, count), report);
            progress?.Invoke(offset + length);
        }

        return report;
    }

    // False when no sector of the range was ever written.
    private bool LoadExpected(long first, int count)
    {
        bool any = false;
        for (int i = 0; i < count; i++)
        {
            uint newest = _log.Map.Submitted(first + i);
            _expected[i] = new SectorExpectation(_log.Map.Settled(first + i), newest, Raced: false);
            any |= newest != 0;
        }

        return any;
    }
}
