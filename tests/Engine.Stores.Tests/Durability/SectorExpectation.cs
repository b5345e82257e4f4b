using Engine.Buffers;

namespace Engine.Stores.Tests.Durability;

/// <summary>What each sector may hold at one crash point: any version from the oldest to the newest that are named.</summary>
internal sealed class SectorExpectation(List<SectorVersion>[] versions, int[] oldest, int[] newest)
{
    /// <summary>Throws with the first sector that holds what it must not.</summary>
    public void Check(ReadOnlySpan<byte> image)
    {
        for (int sector = 0; sector < versions.Length; sector++)
        {
            ReadOnlySpan<byte> content = image.Slice(sector * SectorVersion.Bytes, SectorVersion.Bytes);
            if (!Allows(sector, content))
                throw new InvariantException(Describe(sector, content));
        }
    }

    private bool Allows(int sector, ReadOnlySpan<byte> content)
    {
        for (int version = newest[sector]; version >= oldest[sector]; version--)
        {
            if (versions[sector][version].Allows(content))
                return true;
        }

        return false;
    }

    private string Describe(int sector, ReadOnlySpan<byte> content)
    {
        for (int version = oldest[sector] - 1; version >= 0; version--)
        {
            if (versions[sector][version].Allows(content))
                return $"sector {sector} holds version {version}; acknowledged were {oldest[sector]} to {newest[sector]}";
        }

        return $"sector {sector} holds no version of it ({Convert.ToHexString(content[..16])}...)";
    }
}
