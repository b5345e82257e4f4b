namespace Engine.Metadata;

/// <summary>Content of a sealed page, by which another rank can be told of it again: of two pages, or of one page at two times,
/// with different bytes the stamps differ.</summary>
/// <param name="Number">Of the sealing, among all of the pool.</param>
/// <param name="Crc">The page's checksum.</param>
public readonly record struct PageStamp(ulong Number, uint Crc);
