using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration.Tests;

/// <summary>A file that a client makes while ranks die.</summary>
internal sealed class MatrixRequest(int rank, string path)
{
    private ulong _tid;

    public void Begin(MigrationClient client) =>
        _tid = client.Begin(rank, new ClientRequest(0, ClientOp.Create) { Path = Encoding.UTF8.GetBytes(path) });

    /// <summary>The last answer; null while there is none.</summary>
    public ClientReply? Answer(MigrationClient client) => client.AnswerTo(_tid);

    /// <summary>Is it answered, and durable?</summary>
    public bool IsDone(MigrationClient client) => Answer(client) is { IsSafe: true } answer && answer.Error != IoError.Again;
}
