namespace Engine.Bench.Data;

/// <summary>Bytes of an object in one state, with their place in the order of use.</summary>
internal sealed class SeedPiece(SeedObject owner, long start, long length)
{
    public SeedObject Owner => owner;

    public long Start => start;

    public long Length { get; set; } = length;

    public long End => start + Length;

    public SeedState State { get; set; }

    /// <summary>What was asked of the store for it last.</summary>
    public ulong Tid { get; set; }

    /// <summary>What it is made of, in order.</summary>
    public List<SeedSlice> Bytes { get; } = [];

    public LinkedListNode<SeedPiece>? Place { get; set; }

    /// <summary>Copies a part of it out: the slices are walked from the first.</summary>
    public void CopyTo(long offset, Span<byte> destination)
    {
        long at = offset - start;
        for (int i = 0; !destination.IsEmpty; i++)
        {
            SeedSlice slice = Bytes[i];
            if (at >= slice.Length)
            {
                at -= slice.Length;
                continue;
            }

            int part = (int)Math.Min(slice.Length - at, destination.Length);
            slice.Span.Slice((int)at, part).CopyTo(destination);
            destination = destination[part..];
            at = 0;
        }
    }

    /// <summary>Drops its bytes.</summary>
    public void Clear()
    {
        foreach (SeedSlice slice in Bytes)
            slice.Buffer.Release();
        Bytes.Clear();
    }
}
