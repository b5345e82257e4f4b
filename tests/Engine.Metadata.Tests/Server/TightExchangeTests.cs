using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Two names are exchanged where that takes most: both files have long attributes, and both directories large pages that
/// are being written, so that everything that changes is cloned.</summary>
public sealed class TightExchangeTests : IDisposable
{
    private const int FilesEach = 1800;
    private const int Rounds = 40;

    private static readonly string[] s_files = ["/a/f", "/b/g"];

    private readonly RankHarness _rank = new RankHarness(
        options => options with { CacheBytesMax = 4 << 20, SegmentEventsMax = 64, SegmentsMax = 1 }).Start();

    public void Dispose()
    {
        Assert.Empty(_rank.Rank.Cache.Audit(3));
        _rank.Dispose();
    }

    [Fact]
    public void ItIsDoneOrRefused_HoweverLittleRoomThereIs()
    {
        foreach (string file in s_files)
        {
            Do(ClientOp.MakeDirectory, file[..2]);
            for (int i = 0; i < FilesEach; i++)
                Do(ClientOp.Create, $"{file[..2]}/{i}");
            Do(ClientOp.Create, file);
            ClientReply set = _rank.Call(
                ClientOp.SetXattr, file, request => request with { XattrName = "user.long", Value = new byte[60 << 10] });
            Assert.Equal(IoError.None, set.Error);
        }

        Do(ClientOp.MakeDirectory, "/fill");
        int exchanged = 0;
        for (int round = 0; round < Rounds; round++)
        {
            _rank.GatedStore.Stalls = true;
            foreach (string file in s_files)
                Submit(ClientOp.SetAttributes, file, request => request with { Changes = new AttributeChanges { Size = round } });
            for (int more = 0; more < 70; more++)
                Submit(ClientOp.Create, $"/fill/{round}-{more}");
            _rank.Run();
            ulong tid = Submit(ClientOp.Rename, s_files[0], request => request with
            {
                Path2 = Encoding.UTF8.GetBytes(s_files[1]),
                Flags = OpenFlags.Exchange,
            });
            _rank.Run();
            _rank.GatedStore.Stalls = false;
            _rank.Run();
            IoError error = _rank.RepliesTo(tid)[^1].Error;
            Assert.True(error.IsNone || error == IoError.NoMemory, error.Name);
            exchanged += error.IsNone ? 1 : 0;
        }

        Assert.NotEqual(0, exchanged);
        Assert.Equal(RankState.Active, _rank.Rank.State);
    }

    private void Do(ClientOp op, string path) => Assert.Equal(IoError.None, _rank.Call(op, path).Error);

    private ulong Submit(ClientOp op, string path, Func<ClientRequest, ClientRequest>? more = null)
    {
        ClientRequest request = new(0, op) { Path = Encoding.UTF8.GetBytes(path) };
        return _rank.Submit(more is null ? request : more(request));
    }
}
